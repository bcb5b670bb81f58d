//! The submitter's key as its page sees it: made, saved, loaded.

use crate::keys::{self, ProfileKey, SUBMITTER};
use shared::ids::SubmitterKey;
use shared::key_file::{self, KeyRole};
use shared::page::submit::{KeyFacts, Trouble, TroubleCode};
use shared::page::volunteer::{CHANNEL, OnChannel};
use web_sys::BroadcastChannel;

/// The key, once it was looked for.
#[derive(Debug, Default)]
pub(super) struct Key {
    key: Option<ProfileKey>,
    is_loaded: bool,
}

impl Key {
    /// Whether it was looked for.
    pub(super) const fn is_loaded(&self) -> bool {
        self.is_loaded
    }

    /// What was found or made.
    pub(super) fn set(&mut self, key: Option<ProfileKey>) {
        self.key = key;
        self.is_loaded = true;
    }

    /// The key, when there is one.
    pub(super) fn get(&self) -> Option<&ProfileKey> {
        self.key.as_ref()
    }

    /// What the page shows.
    pub(super) fn facts(&self) -> Option<KeyFacts> {
        self.key.as_ref().map(|key| KeyFacts {
            key: SubmitterKey(key.public),
            storage: key.storage,
            can_save: key.unsaved.is_some(),
        })
    }

    /// The text of its file, while it is new.
    pub(super) fn file(&self) -> Option<String> {
        let secret = self.key.as_ref()?.unsaved.as_ref()?;
        Some(key_file::write(KeyRole::Submitter, secret))
    }

    /// Forgets what could be written to a file.
    pub(super) fn forget_seed(&mut self) {
        if let Some(key) = &mut self.key {
            key.unsaved = None;
        }
    }
}

/// The profile's key.
pub(super) async fn load() -> Result<Option<ProfileKey>, Trouble> {
    keys::load(SUBMITTER).await.map_err(|error| trouble(&error))
}

/// The profile's key, made when there is none.
pub(super) async fn load_or_make() -> Result<ProfileKey, Trouble> {
    keys::load_or_make(SUBMITTER)
        .await
        .map_err(|error| trouble(&error))
}

/// Uses the key of a file from now on.
pub(super) async fn import(text: &str) -> Result<ProfileKey, Trouble> {
    let (role, secret) =
        key_file::read(text).map_err(|error| Trouble::new(TroubleCode::Key, error.to_string()))?;
    if role != KeyRole::Submitter {
        let detail = "this file holds the key of a volunteer or a server, not of a submitter";
        return Err(Trouble::new(TroubleCode::Key, detail));
    }
    let mut key = keys::keep(SUBMITTER, secret).await;
    // Whoever has loaded it has it in a file.
    key.unsaved = None;
    Ok(key)
}

/// Tells the volunteer of this profile, wherever it computes, that its owner has another key.
pub(super) fn tell_volunteer() {
    let Ok(text) = serde_json::to_string(&OnChannel::OwnerChanged) else {
        return; // our own messages can be written
    };
    if let Ok(channel) = BroadcastChannel::new(CHANNEL) {
        // Fails only on a closed channel.
        let _ = channel.post_message(&text.into());
        channel.close();
    }
}

fn trouble(error: &keys::KeyError) -> Trouble {
    Trouble::new(TroubleCode::Key, error.to_string())
}
