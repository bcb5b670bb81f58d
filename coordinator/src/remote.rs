//! A coordinator elsewhere: its address, and the TLS settings of connections to it.

pub mod address;
pub mod tls;
