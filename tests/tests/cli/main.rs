//! The command line as a user meets it: the real binary, its words, files and exit codes.

mod bad_input;
mod coordinators;
mod fake;
mod help;
mod keys;
mod offline;
mod program_run;
mod signed;
