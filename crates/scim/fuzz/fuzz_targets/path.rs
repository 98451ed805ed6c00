//! Any text is a path or isn't; one that is prints as itself.
#![no_main]

use std::sync::LazyLock;

use keystead_scim::path::Path;
use keystead_scim::schema::{self, ResourceType};
use libfuzzer_sys::fuzz_target;

static USER: LazyLock<ResourceType> =
    LazyLock::new(|| ResourceType::new("User", "/Users", schema::user()).with_extension(schema::enterprise_user()));

fuzz_target!(|text: &str| {
    if let Ok(path) = Path::parse(text, &USER) {
        let printed = path.to_string();
        if path != Path::Resource && printed.len() <= keystead_scim::filter::MAX_LENGTH {
            assert_eq!(Path::parse(&printed, &USER).as_ref(), Ok(&path));
        }
    }
});
