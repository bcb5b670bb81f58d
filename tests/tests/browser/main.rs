//! Real Chromium on real pages: one profile for each person.

mod bad_ends;
mod distributing;
mod drafting;
mod examples;
mod keyboard;
mod keys;
mod ledger;
mod ledger_alarm;
mod ledger_bundle;
mod machine;
mod pages;
mod quiet;
mod rerun;
mod results;
mod secure;
mod shell;
mod states;
mod stopping;
mod submitting;
mod tabs;
mod tampering;
mod volunteers;
mod watching;
