//! The ways to the storage nodes of the policy in force, which may change while others hold them.

use super::link::Link;
use std::sync::Arc;
use tokio::sync::watch;

/// In the order of the policy; cheap to clone, and all clones change together.
#[derive(Debug, Clone)]
pub struct Links(Arc<watch::Sender<Arc<[Link]>>>);

impl Links {
    /// These.
    #[must_use]
    pub fn new(links: Vec<Link>) -> Self {
        Self(Arc::new(watch::Sender::new(links.into())))
    }

    /// Those of now.
    #[must_use]
    pub fn get(&self) -> Arc<[Link]> {
        self.0.borrow().clone()
    }

    /// Another policy is in force.
    pub fn replace(&self, links: Vec<Link>) {
        self.0.send_replace(links.into());
    }
}
