//! Real processes: a coordinator, volunteers on different networks, a submitter with the command line.

mod crashes;
mod frames;
mod guests;
mod liars;
mod rerun;
mod results;
mod waiting;
