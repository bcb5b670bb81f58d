//! `admin/*`: by token only; each change leaves a row in the audit.

pub(super) mod keys;
pub(super) mod nodes;
pub(super) mod storage;
pub(super) mod tokens;
