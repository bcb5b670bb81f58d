//! What this browser has kept of the ledger: the policy of the first visit, and the newest head that it has checked.

use crate::browser;
use serde_json::{Value, json};

/// Where it is kept.
const NAME: &str = "manyhands.ledger";

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    /// Text of the policy that was in force at the first visit.
    pub(super) policy: String,
    /// The newest checkpoint that was checked, with its lines.
    pub(super) certificate: String,
}

/// What is kept; nothing before the first visit, and where storage is forbidden.
pub(super) fn load() -> Option<Kept> {
    let value: Value = serde_json::from_str(&browser::saved(NAME)?).ok()?;
    let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    Some(Kept {
        policy: text("policy")?,
        certificate: text("certificate")?,
    })
}

/// Keeps it.
pub(super) fn save(kept: &Kept) {
    let value = json!({"policy": kept.policy, "certificate": kept.certificate});
    browser::save(NAME, &value.to_string());
}
