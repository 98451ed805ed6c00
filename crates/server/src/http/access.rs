//! The one table that says who may call what: every route of `/api/v1` stands here.
//!
//! A route that is not in the table answers nobody: [`super::auth::guard`] refuses it. A test
//! compares the table with the routes in both directions, another walks every route × every role.

use http::Method;
use keystead_directory::roles::Permission;

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Open,
    /// Anybody, but not often: it can be guessed at.
    Guarded,
    /// Anybody with a secret of 256 bits to follow something by; asked every few seconds by an open
    /// page, so it is counted apart.
    Followed,
    /// A person who is signed in, whatever their role; API keys have no page of their own.
    Person,
    /// A person or API key whose role has this permission.
    Permission(Permission),
}

/// One route.
#[derive(Debug)]
pub struct Rule {
    /// Its method.
    pub method: Method,
    /// Its template below `/api/v1`.
    pub path: &'static str,
    /// What it asks for.
    pub access: Access,
    /// Whether a person must have touched their key in the last 15 minutes. Handlers ask for it
    /// themselves where it depends on what is touched ([`super::auth::Caller::require_fresh`]).
    pub fresh: bool,
    /// Whether API keys are refused even if their role has the permission.
    pub person_only: bool,
    /// Whether its body is a file, which may be larger and take longer than any other body.
    pub upload: bool,
}

impl Rule {
    const fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    const fn person_only(mut self) -> Self {
        self.person_only = true;
        self
    }

    const fn upload(mut self) -> Self {
        self.upload = true;
        self
    }
}

const fn rule(method: Method, path: &'static str, access: Access) -> Rule {
    Rule { method, path, access, fresh: false, person_only: matches!(access, Access::Person), upload: false }
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

const PEOPLE_READ: Access = Access::Permission(Permission::PeopleRead);
const PEOPLE_WRITE: Access = Access::Permission(Permission::PeopleWrite);
const KEYS_WRITE: Access = Access::Permission(Permission::KeysWrite);
const GROUPS_WRITE: Access = Access::Permission(Permission::GroupsWrite);
const ACTIVITY_READ: Access = Access::Permission(Permission::ActivityRead);
const SETTINGS_READ: Access = Access::Permission(Permission::SettingsRead);
const SETTINGS_WRITE: Access = Access::Permission(Permission::SettingsWrite);
const IMPORTS_RUN: Access = Access::Permission(Permission::ImportsRun);
const API_KEYS: Access = Access::Permission(Permission::ApiKeysManage);

/// The table.
#[rustfmt::skip]
pub static ACCESS: &[Rule] = &[
    rule(GET,    "/instance",                         Access::Open),
    rule(POST,   "/setup/inspect",                    Access::Guarded),
    rule(POST,   "/setup/options",                    Access::Guarded),
    rule(POST,   "/setup/finish",                     Access::Guarded),
    rule(POST,   "/registrations/inspect",            Access::Guarded),
    rule(POST,   "/registrations/options",            Access::Guarded),
    rule(POST,   "/registrations/finish",             Access::Guarded),
    rule(POST,   "/registrations/carry-over",         Access::Guarded),
    rule(POST,   "/registrations/card",               Access::Guarded),
    rule(POST,   "/registrations/card/readings",      Access::Guarded),
    rule(POST,   "/registrations/card/follow",        Access::Followed),
    rule(POST,   "/registrations/card/finish",        Access::Guarded),
    rule(POST,   "/carry-overs/open",                 Access::Guarded),
    rule(POST,   "/carry-overs/follow",               Access::Followed),
    rule(POST,   "/signin/options",                   Access::Guarded),
    rule(POST,   "/signin/finish",                    Access::Guarded),

    rule(GET,    "/session",                          Access::Person),
    rule(DELETE, "/session",                          Access::Person),
    rule(POST,   "/session/step-up/options",          Access::Person),
    rule(POST,   "/session/step-up/finish",           Access::Person),
    rule(GET,    "/me",                               Access::Person),
    rule(PATCH,  "/me",                               Access::Person),
    rule(PATCH,  "/me/keys/{id}",                     Access::Person),
    rule(POST,   "/me/keys/{id}/report-lost",         Access::Person),
    rule(POST,   "/me/keys/{id}/card/reset-pin",      Access::Person).fresh(),
    rule(GET,    "/me/sign-ins",                      Access::Person),

    rule(GET,    "/users",                            PEOPLE_READ),
    rule(GET,    "/users/count",                      PEOPLE_READ),
    rule(GET,    "/users/availability",               PEOPLE_READ),
    rule(POST,   "/users",                            PEOPLE_WRITE),
    rule(GET,    "/users/{id}",                       PEOPLE_READ),
    rule(PATCH,  "/users/{id}",                       PEOPLE_WRITE),
    rule(DELETE, "/users/{id}",                       PEOPLE_WRITE).fresh(),
    rule(POST,   "/users/{id}/disable",               PEOPLE_WRITE),
    rule(POST,   "/users/{id}/enable",                PEOPLE_WRITE),
    rule(GET,    "/users/{id}/keys",                  PEOPLE_READ),
    rule(POST,   "/users/{id}/keys",                  KEYS_WRITE),
    rule(GET,    "/users/{id}/credentials",           PEOPLE_READ),
    rule(GET,    "/users/{id}/groups",                PEOPLE_READ),
    rule(PUT,    "/users/{id}/groups/{groupId}",      GROUPS_WRITE),
    rule(DELETE, "/users/{id}/groups/{groupId}",      GROUPS_WRITE),

    rule(GET,    "/groups",                           PEOPLE_READ),
    rule(POST,   "/groups",                           GROUPS_WRITE),
    rule(GET,    "/groups/{id}",                      PEOPLE_READ),
    rule(PATCH,  "/groups/{id}",                      GROUPS_WRITE),
    rule(DELETE, "/groups/{id}",                      GROUPS_WRITE).fresh(),
    rule(GET,    "/groups/{id}/members",              PEOPLE_READ),
    rule(POST,   "/groups/{id}/members",              GROUPS_WRITE),

    rule(GET,    "/keys",                             PEOPLE_READ),
    rule(GET,    "/keys/{id}",                        PEOPLE_READ),
    rule(PATCH,  "/keys/{id}",                        KEYS_WRITE),
    rule(POST,   "/keys/{id}/resend",                 KEYS_WRITE),
    rule(POST,   "/keys/{id}/carry-over",             KEYS_WRITE).fresh(),
    rule(GET,    "/keys/{id}/card",                   PEOPLE_READ),
    rule(POST,   "/keys/{id}/card/readings",          KEYS_WRITE),
    rule(GET,    "/keys/{id}/card/readings/{readingId}", KEYS_WRITE),
    rule(POST,   "/keys/{id}/card/bind",              KEYS_WRITE).fresh(),
    rule(POST,   "/keys/{id}/card/reset-pin",         KEYS_WRITE).fresh(),
    rule(POST,   "/keys/{id}/card/unblock",           KEYS_WRITE),
    rule(POST,   "/keys/{id}/card/replace",           KEYS_WRITE).fresh(),
    rule(GET,    "/keys/{id}/passkeys",               PEOPLE_READ),
    rule(DELETE, "/keys/{id}/passkeys/{passkeyId}",   KEYS_WRITE),
    rule(POST,   "/keys/{id}/cancel",                 KEYS_WRITE),
    rule(POST,   "/keys/{id}/suspend",                KEYS_WRITE),
    rule(POST,   "/keys/{id}/resume",                 KEYS_WRITE),
    rule(POST,   "/keys/{id}/revoke",                 KEYS_WRITE),

    rule(GET,    "/imports",                          PEOPLE_READ),
    rule(POST,   "/imports",                          IMPORTS_RUN),
    rule(GET,    "/imports/template.csv",             PEOPLE_READ),
    rule(GET,    "/imports/{id}",                     PEOPLE_READ),
    rule(PATCH,  "/imports/{id}",                     IMPORTS_RUN),
    rule(DELETE, "/imports/{id}",                     IMPORTS_RUN),
    rule(PUT,    "/imports/{id}/file",                IMPORTS_RUN).upload(),
    rule(GET,    "/imports/{id}/preview",             IMPORTS_RUN),
    rule(POST,   "/imports/{id}/plan",                IMPORTS_RUN),
    rule(GET,    "/imports/{id}/rows",                PEOPLE_READ),
    rule(GET,    "/imports/{id}/groups",              PEOPLE_READ),
    rule(GET,    "/imports/{id}/groups/{objectId}/members", PEOPLE_READ),
    rule(POST,   "/imports/{id}/ticks",               IMPORTS_RUN),
    rule(POST,   "/imports/{id}/confirm",             IMPORTS_RUN),
    rule(POST,   "/imports/{id}/cancel",              IMPORTS_RUN),
    rule(POST,   "/imports/{id}/undo",                IMPORTS_RUN),
    rule(GET,    "/imports/{id}/failed.csv",          PEOPLE_READ),

    rule(GET,    "/activity",                         ACTIVITY_READ),
    rule(GET,    "/activity/actions",                 ACTIVITY_READ),
    rule(GET,    "/activity/export",                  ACTIVITY_READ),

    rule(GET,    "/settings",                         SETTINGS_READ),
    rule(PATCH,  "/settings",                         SETTINGS_WRITE).fresh(),
    rule(GET,    "/settings/mail",                    SETTINGS_READ),
    rule(POST,   "/settings/mail/test",               SETTINGS_WRITE).person_only(),
    rule(GET,    "/settings/about",                   SETTINGS_READ),
    rule(GET,    "/api-keys",                         API_KEYS),
    rule(POST,   "/api-keys",                         API_KEYS).fresh().person_only(),
    rule(DELETE, "/api-keys/{id}",                    API_KEYS).fresh(),
    rule(GET,    "/integrations/entra",               SETTINGS_READ),
    rule(PUT,    "/integrations/entra",               SETTINGS_WRITE).fresh(),
    rule(DELETE, "/integrations/entra",               SETTINGS_WRITE).fresh(),
    rule(POST,   "/integrations/entra/certificate",   SETTINGS_WRITE),
    rule(POST,   "/integrations/entra/authorize",     SETTINGS_WRITE).person_only(),
    rule(POST,   "/integrations/entra/authorize/finish", SETTINGS_WRITE).person_only(),
    rule(POST,   "/integrations/entra/check",         SETTINGS_WRITE),
    rule(GET,    "/integrations/entra/groups",        PEOPLE_READ),
    rule(GET,    "/integrations/scim",                SETTINGS_READ),
    rule(PATCH,  "/integrations/scim",                SETTINGS_WRITE).fresh(),
    rule(GET,    "/integrations/scim/tokens",         SETTINGS_READ),
    rule(POST,   "/integrations/scim/tokens",         SETTINGS_WRITE).fresh().person_only(),
    rule(DELETE, "/integrations/scim/tokens/{id}",    SETTINGS_WRITE).fresh(),
    rule(GET,    "/integrations/scim/requests",       SETTINGS_READ),
    rule(GET,    "/integrations/scim/requests/{id}",  SETTINGS_READ),
    rule(GET,    "/integrations/scim/conflicts",      SETTINGS_READ),
    rule(POST,   "/integrations/scim/conflicts/link", SETTINGS_WRITE).fresh(),
    rule(POST,   "/integrations/scim/conflicts/{id}/link", SETTINGS_WRITE).fresh(),
    rule(DELETE, "/integrations/scim/conflicts/{id}", SETTINGS_WRITE),
    rule(GET,    "/import-schedules",                 SETTINGS_READ),
    rule(POST,   "/import-schedules",                 SETTINGS_WRITE),
    rule(PATCH,  "/import-schedules/{id}",            SETTINGS_WRITE),
    rule(DELETE, "/import-schedules/{id}",            SETTINGS_WRITE),
    rule(POST,   "/import-schedules/{id}/run",        SETTINGS_WRITE),

    rule(GET,    "/workstations",                     PEOPLE_READ),
    rule(POST,   "/workstations/codes",               SETTINGS_WRITE).fresh(),
    rule(PATCH,  "/workstations/{id}",                SETTINGS_WRITE),
    rule(POST,   "/workstations/{id}/revoke",         SETTINGS_WRITE).fresh(),

    rule(GET,    "/alerts",                           PEOPLE_READ),
    rule(DELETE, "/alerts/{id}",                      PEOPLE_WRITE),
    rule(GET,    "/dashboard",                        PEOPLE_READ),
];

/// Where the routes of the table are mounted.
pub const BASE: &str = "/api/v1";

/// The rule of a route; `HEAD` is a `GET` without its body.
pub fn rule_of(method: &Method, template: &str) -> Option<&'static Rule> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let path = template.strip_prefix(BASE)?;
    ACCESS.iter().find(|rule| rule.path == path && rule.method == *method)
}

/// The methods that an address takes, as `Allow` says them; empty when the table has none.
pub fn allowed(template: &str) -> String {
    let Some(path) = template.strip_prefix(BASE) else { return String::new() };
    let mut methods: Vec<&str> = Vec::new();
    for rule in ACCESS.iter().filter(|rule| rule.path == path) {
        methods.push(rule.method.as_str());
        if rule.method == Method::GET {
            methods.push("HEAD");
        }
    }
    methods.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_stands_twice() {
        for (at, rule) in ACCESS.iter().enumerate() {
            let again = ACCESS[at + 1..].iter().find(|other| other.path == rule.path && other.method == rule.method);
            assert!(again.is_none(), "{again:?}");
        }
    }

    #[test]
    fn nothing_is_changed_by_reading_permissions() {
        for rule in ACCESS.iter().filter(|rule| !rule.method.is_safe()) {
            let reads = [PEOPLE_READ, ACTIVITY_READ, SETTINGS_READ, Access::Open].contains(&rule.access);
            assert!(!reads, "{rule:?} changes something with a permission to read");
        }
    }

    #[test]
    fn a_head_request_is_a_get() {
        assert_eq!(rule_of(&Method::HEAD, "/api/v1/users").map(|rule| rule.access), Some(PEOPLE_READ));
        assert!(rule_of(&Method::PUT, "/api/v1/users").is_none());
        assert!(rule_of(&Method::GET, "/users").is_none());
        assert_eq!(allowed("/api/v1/users"), "GET, HEAD, POST");
    }
}
