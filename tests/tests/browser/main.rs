//! Real Chromium on real pages: one profile for each person.

mod keys;
mod machine;
mod pages;
mod quiet;
mod rerun;
mod secure;
mod shell;
mod stopping;
mod submitting;
mod tabs;
mod tampering;
mod volunteers;
mod watching;
