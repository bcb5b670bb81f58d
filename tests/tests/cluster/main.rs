//! Real processes: a coordinator, volunteers on different networks, a submitter with the command line.

mod crashes;
mod guests;
mod liars;
mod results;
mod waiting;
