//! Sealing under one policy after the other, and tending the storage nodes inside this process.

use super::storage_nodes::{Opening, StorageNodes};
use crate::sealer::{Finished, Parts, PolicyDesk, Sealer, SealerConfig, SealerError};
use crate::storage::Links;
use anyhow::Result;
use std::sync::Arc;
use tokio::task::JoinSet;

/// What sealing goes on with under each policy.
pub(super) struct Sealing<'a> {
    pub(super) opening: Opening<'a>,
    pub(super) config: SealerConfig,
    pub(super) parts: Parts,
    pub(super) desk: Arc<PolicyDesk>,
    pub(super) links: Links,
    pub(super) keep_days: u32,
    /// The sealer at work; whoever drops this while it runs breaks it off.
    pub(super) sealers: JoinSet<Result<Finished, SealerError>>,
}

impl Sealing<'_> {
    /// Seals until the coordinator stops or may not go on.
    pub(super) async fn run(&mut self, nodes: &mut StorageNodes) -> Result<()> {
        loop {
            let founding = nodes.founding.clone();
            let sealer = Sealer::new(self.config.clone(), self.parts.clone(), founding)?;
            self.sealers.spawn(sealer.run());
            let finished = tokio::select! {
                finished = self.sealers.join_next() => match finished {
                    Some(finished) => finished??,
                    None => Finished::Stopping,
                },
                () = nodes.tend(self.keep_days) => Finished::Stopping,
                () = self.desk.watch() => Finished::Stopping,
            };
            if finished == Finished::Stopping {
                return Ok(());
            }
            self.opening.open_again(nodes).await?;
            self.links.replace(nodes.links.clone());
        }
    }

    /// Waits for a sealer that was told to stop; what it says then is of no use any more.
    pub(super) async fn stopped(&mut self) {
        while self.sealers.join_next().await.is_some() {}
    }
}
