//! A storage node: checks, keeps and cosigns the ledger (LEDGER.md sections 3 and 5).

mod approvals;
mod body;
mod certify;
mod check;
mod db;
mod error;
pub mod http;
mod keys;
mod link;
mod links;
mod node;
mod peers;
mod reach;
pub mod reads;
mod rebuild;
mod remote;
#[cfg(test)]
mod tests;
pub mod wire;

pub use approvals::{Approvals, approve};
pub use error::StorageError;
pub use link::{Link, LinkError};
pub use links::Links;
pub use node::{BlobStream, BundleText, BundleWish, Cleaned, NodeSettings, Scrubbed, StorageNode};
pub use peers::Peers;
pub use reach::Reach;
pub use remote::{RemoteError, RemoteNode, RemoteSettings};
