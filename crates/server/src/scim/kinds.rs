//! Which attributes people and groups have, and what the server says about itself (RFC 7644 section 4).

use std::sync::LazyLock;

use http::Method;
use keystead_scim::{
    Error,
    discovery::{self, AuthenticationScheme, BulkConfig, Pagination, ServiceProviderConfig},
    schema::{self, Attribute, ResourceType, Schema},
};
use serde_json::Value;

use super::{BASE, PAGE, Reply, bulk, refusal, refusal::Refusal};
use crate::{app::App, http::extract::BODY_LIMIT};

/// The extension for what has no home in the standard.
pub const KEYSTEAD_URN: &str = "urn:ietf:params:scim:schemas:extension:keystead:2.0:User";

/// People. Passwords are not kept; `emails.display` says nothing that is not said elsewhere, and clients that read the
/// schema stumble over it.
pub static USER: LazyLock<ResourceType> = LazyLock::new(|| {
    let keystead = Schema::new(KEYSTEAD_URN, "KeysteadUser", "What Keystead keeps about a person.").with([
        Attribute::string("immutableId", "The person's id in the directory that they come from.").case_exact(),
        Attribute::string("extraAttribute1", "Free to use."),
        Attribute::string("extraAttribute2", "Free to use."),
        Attribute::string("extraAttribute3", "Free to use."),
        Attribute::string("extraAttribute4", "Free to use."),
        Attribute::string("extraAttribute5", "Free to use."),
    ]);
    ResourceType::new("User", "/Users", schema::user().without(&["password", "emails.display"]))
        .with_extension(schema::enterprise_user())
        .with_extension(keystead)
});

/// Groups. Entra ID's mapping sends a description under its plain name; members have no names of their own here.
pub static GROUP: LazyLock<ResourceType> = LazyLock::new(|| {
    let description = Attribute::string("description", "What the group is for.").case_exact();
    ResourceType::new("Group", "/Groups", schema::group().without(&["members.display"]).with([description]))
});

/// The address of everything below [`BASE`], as clients know it.
pub fn base_url(app: &App) -> String {
    app.config.public_url.page(BASE)
}

/// Whether these documents may be read without a token: they say how to get in, and nothing about anybody
/// (RFC 7643 section 5).
pub fn is_open(segments: &[&str]) -> bool {
    matches!(segments, ["ServiceProviderConfig" | "ResourceTypes" | "Schemas"] | ["ResourceTypes" | "Schemas", _])
}

/// What the server says about itself; 404 for any other address.
///
/// # Errors
/// 403 for a filter (RFC 7644 section 4), 404, 405.
pub fn discover(app: &App, method: &Method, segments: &[&str], query: &str) -> Result<Reply, Refusal> {
    if !is_open(segments) {
        return Err(refusal::nothing_here());
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(refusal::method_not_allowed("GET"));
    }
    if query.split('&').any(|part| part.split('=').next().is_some_and(|name| name.eq_ignore_ascii_case("filter"))) {
        return Err(Error::status(403, "This list takes no filter.").into());
    }
    let base = base_url(app);
    let kinds: [&ResourceType; 2] = [&USER, &GROUP];
    let document = match segments {
        ["ServiceProviderConfig"] => Some(config().to_value(&base)),
        ["ResourceTypes"] => Some(discovery::resource_types(&kinds, &base)),
        ["Schemas"] => Some(discovery::schemas(&kinds, &base)),
        ["ResourceTypes", name] => {
            kinds.iter().find(|kind| kind.name.eq_ignore_ascii_case(name)).map(|kind| kind.to_value(&base))
        }
        ["Schemas", urn] => schema_document(&urn.replace("%3A", ":").replace("%3a", ":"), &kinds, &base),
        _ => None,
    };
    document.map(Reply::ok).ok_or_else(refusal::nothing_here)
}

fn schema_document(urn: &str, kinds: &[&ResourceType], base: &str) -> Option<Value> {
    let schema = kinds.iter().flat_map(|kind| kind.schemas()).find(|schema| schema.id.eq_ignore_ascii_case(urn))?;
    Some(schema.to_value(base))
}

fn config() -> ServiceProviderConfig {
    ServiceProviderConfig {
        documentation_uri: None,
        patch: true,
        bulk: Some(BulkConfig { max_operations: bulk::MAX_OPERATIONS as u64, max_payload_size: BODY_LIMIT as u64 }),
        filter: Some(PAGE.most as u64),
        change_password: false,
        sort: true,
        etag: true,
        pagination: Some(Pagination {
            cursor: true,
            default_page_size: PAGE.default as u64,
            max_page_size: PAGE.most as u64,
            cursor_timeout: None,
        }),
        authentication_schemes: vec![AuthenticationScheme {
            kind: "oauthbearertoken",
            name: "SCIM token".to_owned(),
            description: "A token that an administrator of Keystead makes, sent as a bearer token (RFC 6750)."
                .to_owned(),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc6750".to_owned()),
            documentation_uri: None,
            primary: true,
        }],
    }
}
