//! A checker worker: says whether a module may be a program.

fn main() {
    browser_worker::checker::start();
}
