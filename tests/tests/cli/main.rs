//! The command line as a user meets it: the real binary, its words, files and exit codes.

mod bad_input;
mod coordinators;
#[cfg(test)]
mod fake;
mod help;
mod inspect;
mod keys;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod offline;
mod program_run;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod signed;
