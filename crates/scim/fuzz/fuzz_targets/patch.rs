//! Any patch of a person and of a group ends in a resource or an error.
#![no_main]

use std::sync::LazyLock;

use keystead_scim::json::{self, Limits};
use keystead_scim::schema::{self, ResourceType};
use keystead_scim::{Patch, Unknown};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static USER: LazyLock<ResourceType> =
    LazyLock::new(|| ResourceType::new("User", "/Users", schema::user()).with_extension(schema::enterprise_user()));
static GROUP: LazyLock<ResourceType> = LazyLock::new(|| ResourceType::new("Group", "/Groups", schema::group()));

static ADA: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "userName": "ada", "active": true, "emails": [{"type": "work", "value": "a@x", "primary": true}, {"value": "b@x"}],
        "name": {"givenName": "Ada"}, schema::ENTERPRISE_USER_URN: {"manager": {"value": "7"}}
    })
});

fuzz_target!(|body: &[u8]| {
    let Ok(body) = json::read(body, Limits::default()) else { return };
    if let Ok(patch) = Patch::parse(&body, &USER, Unknown::Ignore)
        && let Ok(after) = patch.apply(ADA.as_object().unwrap())
    {
        assert!(after.contains_key("userName"));
        let primary = |email: &&Value| email["primary"] == true;
        assert!(
            after.get("emails").and_then(Value::as_array).is_none_or(|all| all.iter().filter(primary).count() <= 1)
        );
    }
    if let Ok(patch) = Patch::parse(&body, &GROUP, Unknown::Refuse)
        && let Ok((_, rest)) = patch.split_members("members")
        && let Ok(after) = rest.apply(json!({"displayName": "G"}).as_object().unwrap())
    {
        assert!(!after.contains_key("members"));
    }
});
