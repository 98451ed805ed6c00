//! The schemas that the tests read against: the standard's, and an extension as a product defines it.
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses its part")]

use keystead_scim::json::{self, Limits};
use keystead_scim::patch::MembershipChange;
use keystead_scim::schema::{self, Attribute, ResourceType, Schema};
use keystead_scim::{Error, Patch, Unknown, resource};
use serde_json::{Map, Value};

pub const ENTERPRISE: &str = schema::ENTERPRISE_USER_URN;
pub const KEYSTEAD: &str = "urn:ietf:params:scim:schemas:extension:keystead:2.0:User";

pub fn user() -> ResourceType {
    let keystead = Schema::new(KEYSTEAD, "KeysteadUser", "What Keystead keeps about a person.").with([
        Attribute::string("immutableId", "The id of the person in the local directory.").case_exact(),
        Attribute::string("extraAttribute1", "Free."),
        Attribute::string("extraAttribute2", "Free."),
        Attribute::string("extraAttribute3", "Free."),
        Attribute::string("extraAttribute4", "Free."),
        Attribute::string("extraAttribute5", "Free."),
    ]);
    let core =
        schema::user().without(&["password", "emails.display", "ims", "photos", "entitlements", "x509Certificates"]);
    ResourceType::new("User", "/Users", core).with_extension(schema::enterprise_user()).with_extension(keystead)
}

pub fn group() -> ResourceType {
    let core = schema::group().with([Attribute::string("description", "What the group is for.")]);
    ResourceType::new("Group", "/Groups", core)
}

/// An object, from a text that looks as it does on the wire.
pub fn object(text: &str) -> Map<String, Value> {
    match value(text) {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

pub fn value(text: &str) -> Value {
    json::read(text.as_bytes(), Limits::default()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What a POST of this makes.
pub fn post(kind: &ResourceType, body: &str) -> Result<Map<String, Value>, Error> {
    resource::read(&value(body), kind, Unknown::Ignore)
}

/// What these operations, separated by commas, make of a resource.
pub fn patch(kind: &ResourceType, before: &Map<String, Value>, operations: &str) -> Result<Map<String, Value>, Error> {
    let body =
        format!(r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operations}]}}"#);
    Patch::parse(&value(&body), kind, Unknown::Ignore)?.apply(before)
}

/// What these operations do to a group's members, and how many changes else there are.
pub fn members(operations: &str) -> Result<(Vec<String>, usize), Error> {
    let kind = group();
    let patch = Patch::parse(&value(&format!(r#"{{"Operations":[{operations}]}}"#)), &kind, Unknown::Ignore)?;
    let (changes, rest) = patch.split_members("members")?;
    let changes = changes.into_iter().map(|change| match change {
        MembershipChange::Add(ids) => format!("+{}", ids.join(",")),
        MembershipChange::Remove(ids) => format!("-{}", ids.join(",")),
        MembershipChange::ReplaceAll(ids) => format!("={}", ids.join(",")),
        MembershipChange::RemoveAll => "=".to_owned(),
        MembershipChange::RemoveMatching(filter) => format!("-[{filter}]"),
    });
    Ok((changes.collect(), rest.operations.len()))
}
