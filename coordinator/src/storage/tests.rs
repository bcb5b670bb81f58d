//! Storage nodes with real files: promises, rules, restarts, damage, HTTP.

mod ballots;
mod blobs;
mod bundles;
mod certificates;
mod cleaning;
mod damage;
mod over_http;
mod policies;
mod reads;
mod recovery;
mod refusals;
mod world;
