//! Ctrl-C: quits at once and says what is left. Also what is said in the meantime, above a progress bar if there is one.

use super::print::plain_lines;
use crate::client::connection::Notice;
use indicatif::MultiProgress;
use std::sync::{Arc, Mutex, PoisonError};

/// Exit code of a program that was ended by SIGINT, as shells have it.
pub(super) const INTERRUPTED: i32 = 130;

/// What would be left if the command ended now.
#[derive(Debug, Clone, Default)]
pub(super) struct Left {
    words: Arc<Mutex<String>>,
    bars: MultiProgress,
}

impl Left {
    /// From now on this is left.
    pub(super) fn set(&self, words: impl Into<String>) {
        *self.words.lock().unwrap_or_else(PoisonError::into_inner) = words.into();
    }

    /// Where progress bars are drawn.
    pub(super) const fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Says something on stderr without tearing a progress bar. Some words come from coordinators and guests.
    pub(super) fn say(&self, words: &str) {
        let words = plain_lines(words);
        self.bars.suspend(|| eprintln!("{words}"));
    }

    /// Tells what is waited for, each thing once in a row.
    pub(super) fn notice(&self) -> Notice {
        let left = self.clone();
        let last = Mutex::new(String::new());
        Arc::new(move |words| {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if *last != words {
                left.say(words);
                words.clone_into(&mut last);
            }
        })
    }

    /// Waits for Ctrl-C, says what is left and ends the process.
    pub(super) async fn quit_on_interrupt(&self) -> std::convert::Infallible {
        if tokio::signal::ctrl_c().await.is_err() {
            return std::future::pending().await;
        }
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        // A bar that cannot be cleared is only untidy.
        let _ = self.bars.clear();
        eprintln!("Interrupted. {words}");
        std::process::exit(INTERRUPTED)
    }
}
