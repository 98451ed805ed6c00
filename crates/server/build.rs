//! Makes sure that the folder of the built panel exists, so that `cargo` alone can compile the
//! server: without a panel in it the server says how to build one.

use std::{env, fs, path::Path};

fn main() {
    let manifest = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let panel = Path::new(&manifest).join("../../web/dist");
    if let Err(error) = fs::create_dir_all(&panel) {
        println!("cargo::error=can't create {}: {error}", panel.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", panel.display());
}
