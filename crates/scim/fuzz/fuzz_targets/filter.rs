//! Any text is a filter or isn't; one that is prints as itself and says of any resource whether it matches.
#![no_main]

use std::sync::LazyLock;

use keystead_scim::Filter;
use keystead_scim::schema::{self, ResourceType};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static USER: LazyLock<ResourceType> =
    LazyLock::new(|| ResourceType::new("User", "/Users", schema::user()).with_extension(schema::enterprise_user()));

static ADA: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "userName": "ada", "active": "True", "emails": [{"type": "work", "value": "a@x"}, {"primary": true}, 5],
        "meta": {"created": "2024-01-01T00:00:00Z"}, schema::ENTERPRISE_USER_URN: {"manager": {"value": "7"}}
    })
});

fuzz_target!(|text: &str| {
    if let Ok(filter) = Filter::parse(text, &USER) {
        let printed = filter.to_string();
        // Printing may spell out what was written shortly.
        if printed.len() <= keystead_scim::filter::MAX_LENGTH {
            assert_eq!(Filter::parse(&printed, &USER).as_ref(), Ok(&filter));
        }
        let _ = filter.matches(ADA.as_object().unwrap());
    }
});
