//! The fuzz targets without a fuzzer: what they found and were given stays true in every build.

#[path = "../../../../fuzz/src/lib.rs"]
mod targets;

use std::{fs, path::Path};

#[test]
fn no_seed_of_a_fuzz_target_upsets_its_parser_whole_cut_or_bent() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    for (name, target) in targets::TARGETS {
        assert!(fuzz.join(format!("fuzz_targets/{name}.rs")).is_file(), "{name} is not fuzzed");
        let seeds = fs::read_dir(fuzz.join("seeds").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut count = 0;
        for seed in seeds {
            let bytes = fs::read(seed.unwrap().path()).unwrap();
            count += 1;
            target(&bytes);
            // Long ones are cut and bent in steps: this is not the fuzzer.
            for at in (0..bytes.len()).step_by(bytes.len().div_ceil(100).max(1)) {
                target(&bytes[..at]);
                let mut bent = bytes.clone();
                bent[at] ^= 1 << (at % 8);
                target(&bent);
            }
        }
        assert!(count > 0, "{name} has no seed");
    }
}
