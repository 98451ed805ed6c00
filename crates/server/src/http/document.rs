//! The API's document: OpenAPI 3.1 from the routes, and the page that shows it to people.

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, header};
use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, PathItem, Ref, RefOr, ResponseBuilder, Schema,
        path::Operation,
        schema::ArrayItems,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
        server::ServerBuilder,
    },
};

use super::{
    access::{self, Access, Rule},
    error::ProblemDocument,
    extract::Json,
};
use crate::app::App;

const DESCRIPTION: &str = "Everything that Keystead's panel does. Send and expect JSON; times are RFC 3339 in UTC; ids \
    are UUIDs. Sign in with a security key in the panel, or send an API key: `Authorization: Bearer ksk_…`.\n\n\
    A refusal is a problem document (RFC 9457) with a stable `code` and, where a field is at fault, its name in \
    `errors`. Lists come in pages: pass `nextCursor` back as `cursor`. What has a version answers with an `ETag`; send \
    it as `If-Match` to be told (412) when someone else was faster. Requests with a cookie that change something carry \
    `Origin`, as browsers do.";

/// Adds to the routes' own docs what is true for every operation.
pub fn complete(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("Keystead")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    document.servers = Some(vec![ServerBuilder::new().url(access::BASE).build()]);
    let components = document.components.get_or_insert_default();
    let mut schemas = vec![(ProblemDocument::name().into_owned(), ProblemDocument::schema())];
    ProblemDocument::schemas(&mut schemas);
    components.schemas.extend(schemas);
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemDocument::name()))).build();
    components.responses.insert(
        "Problem".to_owned(),
        ResponseBuilder::new()
            .description("The request was refused; the document says why and what to do.")
            .content("application/problem+json", problem)
            .build()
            .into(),
    );
    let session =
        ApiKeyValue::with_description("keystead-session", "Set at sign-in; `__Host-keystead-session` on https.");
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key, made in the panel's settings or with `keystead api-key create`."))
        .build();
    components.add_security_scheme("apiKey", SecurityScheme::Http(bearer));
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(operation_id(&method, path));
            if let Some(rule) = access::rule_of(&method, &format!("{}{path}", access::BASE)) {
                describe(operation, rule);
            }
        }
    }
    say_what_answers_always_have(&mut document);
    document
}

/// `GET /users/{id}/keys` is `getUsersIdKeys`.
fn operation_id(method: &http::Method, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(method.as_str().to_ascii_lowercase(), |id, word| {
        let (first, rest) = word.split_at(1);
        id + &first.to_ascii_uppercase() + rest
    })
}

/// What is answered has every field, `null` where there is nothing; only in what is sent to us may
/// fields be left out. The derived schemas don't tell the two apart.
fn say_what_answers_always_have(document: &mut OpenApi) {
    let mut sent: Vec<String> = Vec::new();
    for item in document.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            let Some(RefOr::T(body)) = &operation.request_body else { continue };
            for content in body.content.values() {
                if let RefOr::T(content) = content {
                    sent.extend(content.schema.as_ref().and_then(name_of));
                }
            }
        }
    }
    let Some(components) = document.components.as_mut() else { return };
    let mut at = 0;
    while let Some(name) = sent.get(at).cloned() {
        at += 1;
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get(&name) {
            let inner: Vec<String> = object.properties.values().flat_map(names_in).collect();
            sent.extend(inner.into_iter().filter(|name| !sent.contains(name)).collect::<Vec<_>>());
        }
    }
    for (name, schema) in &mut components.schemas {
        let sometimes = ["Problem", "FieldError"].contains(&name.as_str());
        if sometimes || sent.contains(name) {
            continue;
        }
        require_all(schema);
    }
}

fn require_all(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            object.required = object.properties.keys().cloned().collect();
            object.properties.values_mut().for_each(require_all);
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                require_all(items);
            }
        }
        Schema::AllOf(all) => all.items.iter_mut().for_each(require_all),
        Schema::OneOf(one) => one.items.iter_mut().for_each(require_all),
        _ => {}
    }
}

fn name_of(schema: &RefOr<Schema>) -> Option<String> {
    let RefOr::Ref(reference) = schema else { return None };
    reference.ref_location.rsplit('/').next().map(ToOwned::to_owned)
}

fn names_in(schema: &RefOr<Schema>) -> Vec<String> {
    let mut names: Vec<String> = name_of(schema).into_iter().collect();
    if let RefOr::T(Schema::OneOf(one)) = schema {
        names.extend(one.items.iter().filter_map(name_of));
    }
    names
}

/// The operations of a path, by method.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (http::Method, &mut Operation)> {
    use http::Method as M;
    [
        (M::GET, &mut item.get),
        (M::PUT, &mut item.put),
        (M::POST, &mut item.post),
        (M::PATCH, &mut item.patch),
        (M::DELETE, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Every route of the document, for the tests that compare it with the table of access.
pub fn listed(document: &OpenApi) -> Vec<(http::Method, String)> {
    let mut list = Vec::new();
    for (path, item) in &document.paths.paths {
        let mut item = item.clone();
        list.extend(operations(&mut item).map(|(method, _)| (method, path.clone())));
    }
    list
}

/// Says who may call an operation and how it refuses.
fn describe(operation: &mut Operation, rule: &Rule) {
    let problem = RefOr::Ref(Ref::from_response_name("Problem"));
    operation.responses.responses.entry("default".to_owned()).or_insert(problem);
    let person = SecurityRequirement::new("session", Vec::<String>::new());
    let program = SecurityRequirement::new("apiKey", Vec::<String>::new());
    operation.security = Some(match rule.access {
        Access::Open | Access::Guarded | Access::Followed => Vec::new(),
        Access::Person | Access::Permission(_) if rule.person_only => vec![person],
        Access::Person | Access::Permission(_) => vec![person, program],
    });
    let mut notes = match rule.access {
        Access::Open => "Open to anybody.".to_owned(),
        Access::Guarded => "Open to anybody, limited by address.".to_owned(),
        Access::Followed => "Open to anybody with the secret, limited by address.".to_owned(),
        Access::Person => "For every signed-in person.".to_owned(),
        Access::Permission(permission) => {
            let name = serde_json::to_value(permission).ok().and_then(|name| name.as_str().map(ToOwned::to_owned));
            format!("Needs the permission `{}`.", name.unwrap_or_default())
        }
    };
    if rule.fresh {
        notes.push_str(" Asks a person for a touch of their key that is not older than 15 minutes.");
    }
    operation.description = Some(match operation.description.take() {
        Some(text) if !text.is_empty() => format!("{text}\n\n{notes}"),
        _ => notes,
    });
}

/// `/api/openapi.json`, and `/api/docs` with the files it needs.
pub fn pages() -> Router<App> {
    Router::new()
        .route("/api/openapi.json", get(async || Json(super::openapi())))
        .route("/api/docs", get(async || page("text/html; charset=utf-8", include_str!("docs/index.html"))))
        .route(
            "/api/docs/reference.js",
            get(async || page("text/javascript; charset=utf-8", include_str!("docs/reference.js"))),
        )
        .route(
            "/api/docs/reference.css",
            get(async || page("text/css; charset=utf-8", include_str!("docs/reference.css"))),
        )
}

fn page(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}
