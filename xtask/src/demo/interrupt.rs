//! Ctrl-C, a closed terminal and a polite kill: noticed wherever the demo waits.

use anyhow::{Context as _, Result, bail};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

/// Tells whether the demo is to end.
#[derive(Debug)]
pub(super) struct Interrupt(Receiver<()>);

impl Interrupt {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the signals cannot be caught.
    pub(super) fn listen() -> Result<Self> {
        let (sender, receiver) = sync_channel(1);
        // A full queue already says all there is to say.
        ctrlc::set_handler(move || {
            let _ = sender.try_send(());
        })
        .context("cannot listen for Ctrl-C")?;
        Ok(Self(receiver))
    }

    /// One that never comes.
    #[cfg(test)]
    pub(super) fn never() -> Self {
        let (sender, receiver) = sync_channel(1);
        std::mem::forget(sender);
        Self(receiver)
    }

    /// Waits for `pause` or for the end.
    ///
    /// # Errors
    /// When the demo is to end.
    pub(super) fn pause(&self, pause: Duration) -> Result<()> {
        if self.arrives_within(pause) {
            bail!("stopped by Ctrl-C");
        }
        Ok(())
    }

    /// Whether the demo is to end, known after at most `pause`.
    pub(super) fn arrives_within(&self, pause: Duration) -> bool {
        self.0.recv_timeout(pause) != Err(RecvTimeoutError::Timeout)
    }
}
