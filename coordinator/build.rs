//! Builds the coordinator again when what it embeds has changed: `cargo xtask build` fills the folder.

fn main() {
    println!("cargo::rerun-if-changed=embedded");
}
