//! Prints the figures of `cargo xtask bench browser` as one JSON object.

use anyhow::Result;

fn main() -> Result<()> {
    let figures = tests::bench::browser::run();
    println!("{}", serde_json::to_string_pretty(&figures)?);
    Ok(())
}
