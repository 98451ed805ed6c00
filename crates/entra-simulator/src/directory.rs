//! The tenant: people, groups, who is in them, and the log of what changed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The properties of a person or group, by Graph's names.
pub type Properties = Map<String, Value>;

/// The application that Keystead is registered as.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Application {
    /// Its id.
    pub client_id: String,
    /// Its client secrets that work.
    pub secrets: Vec<String>,
    /// Those that have expired.
    pub expired_secrets: Vec<String>,
    /// The certificates that were uploaded, PEM.
    pub certificates: Vec<String>,
    /// Where answers may go; empty: anywhere.
    pub redirect_uris: Vec<String>,
    /// The permissions that it is registered with.
    pub permissions: Vec<String>,
    /// Whether an administrator has consented to them.
    pub consented: bool,
    /// Whether consent is given without a page to click.
    pub auto_consent: bool,
    /// Seconds for which an access token lives.
    pub token_seconds: i64,
}

impl Default for Application {
    fn default() -> Self {
        Self {
            client_id: "6c0c6b0e-3f5a-4a1e-9d62-5b2f3a1c7e01".to_owned(),
            secrets: vec!["simulated-secret".to_owned()],
            expired_secrets: Vec::new(),
            certificates: Vec::new(),
            redirect_uris: Vec::new(),
            permissions: ["User.Read.All", "GroupMember.Read.All", "Organization.Read.All"].map(str::to_owned).to_vec(),
            consented: false,
            auto_consent: true,
            token_seconds: 3599,
        }
    }
}

/// A group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// Its properties.
    #[serde(default)]
    pub properties: Properties,
    /// The people and groups that are directly in it.
    #[serde(default)]
    pub members: BTreeSet<String>,
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Changed {
    /// A person.
    User(String),
    /// A group's properties.
    Group(String),
    /// A person or group came into a group, or left it.
    Member(String, String),
}

/// A tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Directory {
    /// Its id.
    pub tenant_id: String,
    /// Its name.
    pub tenant_name: String,
    /// Its domains.
    pub domains: Vec<String>,
    /// The registered application.
    pub application: Application,
    /// The people, by object id.
    pub users: BTreeMap<String, Properties>,
    /// The groups, by object id.
    pub groups: BTreeMap<String, Group>,
    /// Rows of a page when `$top` does not say; Graph's default is 100.
    pub page: usize,
    /// Rows that a page has at most, whatever `$top` says: Graph may give fewer than were asked for.
    pub most: usize,
    /// What changed, in order; delta tokens point into it.
    #[serde(skip)]
    pub log: Vec<Changed>,
    /// Delta tokens before this one have died.
    #[serde(skip)]
    pub oldest_delta: usize,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            tenant_id: "0f3a1c9e-52c4-4b7d-8d11-6a2e90b7c001".to_owned(),
            tenant_name: "Contoso".to_owned(),
            domains: vec!["contoso.onmicrosoft.com".to_owned(), "contoso.com".to_owned()],
            application: Application::default(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            page: 100,
            most: 999,
            log: Vec::new(),
            oldest_delta: 0,
        }
    }
}

/// How large a made-up tenant is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Size {
    /// People.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// People directly in each group.
    pub members: usize,
    /// Every n-th person is a guest; 0: nobody.
    pub guests: usize,
    /// Every n-th person is disabled; 0: nobody.
    pub disabled: usize,
    /// Every n-th person has no address; 0: nobody.
    pub without_mail: usize,
    /// Each group is in the one before, the first in the last: a circle.
    pub circle: bool,
}

impl Default for Size {
    fn default() -> Self {
        Self { users: 100, groups: 3, members: 30, guests: 0, disabled: 0, without_mail: 0, circle: false }
    }
}

/// The object id of the n-th person of a made-up tenant.
pub fn user_id(n: usize) -> String {
    format!("a0000000-0000-4000-8000-{n:012x}")
}

/// The object id of the n-th group of a made-up tenant.
pub fn group_id(n: usize) -> String {
    format!("b0000000-0000-4000-8000-{n:012x}")
}

const GIVEN: [&str; 16] = [
    "Ada",
    "Björn",
    "Chiara",
    "Dmitri",
    "Élodie",
    "Farid",
    "Grace",
    "Hiroshi",
    "Ingrid",
    "João",
    "Katarzyna",
    "Liam",
    "Mei",
    "Noor",
    "Oluwaseun",
    "Priya",
];
const FAMILY: [&str; 17] = [
    "Andersson",
    "Bauer",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Hughes",
    "Ivanova",
    "Jensen",
    "Kowalski",
    "López",
    "Müller",
    "Nguyen",
    "Okafor",
    "Petrov",
    "Rossi",
];
const DEPARTMENTS: [&str; 5] = ["Engineering", "Finance", "People", "Sales", "Support"];

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

/// The properties of a person, with the usual ones filled in.
pub fn person(upn: &str, display_name: &str) -> Properties {
    let (given, family) = display_name.split_once(' ').unwrap_or((display_name, ""));
    let mut properties = Properties::new();
    properties.insert("displayName".to_owned(), text(display_name));
    properties.insert("givenName".to_owned(), text(given));
    properties.insert("surname".to_owned(), text(family));
    properties.insert("userPrincipalName".to_owned(), text(upn));
    properties.insert("mail".to_owned(), text(upn));
    properties.insert("otherMails".to_owned(), json!([]));
    properties.insert("accountEnabled".to_owned(), Value::Bool(true));
    properties.insert("userType".to_owned(), text("Member"));
    properties
}

impl Directory {
    /// Replaces people and groups by made-up ones.
    pub fn generate(&mut self, size: Size) {
        self.users.clear();
        self.groups.clear();
        self.log.clear();
        let every = |n: usize, step: usize| step > 0 && n % step == step - 1;
        for n in 0..size.users {
            let (given, family) = (GIVEN[n % GIVEN.len()], FAMILY[n / GIVEN.len() % FAMILY.len()]);
            let mut one = person(&format!("person{n}@contoso.com"), &format!("{given} {family}"));
            one.insert("department".to_owned(), text(DEPARTMENTS[n % DEPARTMENTS.len()]));
            one.insert("jobTitle".to_owned(), text("Specialist"));
            if every(n, size.guests) {
                let home = format!("guest{n}@fabrikam.com");
                let upn = format!("guest{n}_fabrikam.com#EXT#@contoso.onmicrosoft.com");
                one.insert("userPrincipalName".to_owned(), text(&upn));
                one.insert("mail".to_owned(), text(&home));
                one.insert("userType".to_owned(), text("Guest"));
            }
            if every(n, size.disabled) {
                one.insert("accountEnabled".to_owned(), Value::Bool(false));
            }
            if every(n, size.without_mail) {
                one.insert("mail".to_owned(), Value::Null);
                one.insert("userPrincipalName".to_owned(), text(&format!("service-account-{n}")));
            }
            self.users.insert(user_id(n), one);
        }
        for n in 0..size.groups {
            let properties = json!({ "displayName": format!("Group {n}"), "description": format!("Made-up group {n}"),
                "groupTypes": [], "securityEnabled": true, "mailEnabled": false });
            let Value::Object(properties) = properties else { continue };
            let mut members: BTreeSet<String> = BTreeSet::new();
            for k in 0..size.members.min(size.users) {
                members.insert(user_id((n * size.members + k) % size.users.max(1)));
            }
            if size.circle {
                members.insert(group_id((n + 1) % size.groups));
            }
            self.groups.insert(group_id(n), Group { properties, members });
        }
    }

    /// Adds or replaces a person.
    pub fn put_user(&mut self, id: &str, properties: Properties) {
        self.users.insert(id.to_owned(), properties);
        self.log.push(Changed::User(id.to_owned()));
    }

    /// Changes one property of a person.
    pub fn set_user(&mut self, id: &str, property: &str, value: Value) {
        if let Some(user) = self.users.get_mut(id) {
            user.insert(property.to_owned(), value);
            self.log.push(Changed::User(id.to_owned()));
        }
    }

    /// Deletes a person; groups lose them too.
    pub fn delete_user(&mut self, id: &str) {
        self.users.remove(id);
        self.log.push(Changed::User(id.to_owned()));
        for (group, inside) in &mut self.groups {
            if inside.members.remove(id) {
                self.log.push(Changed::Member(group.clone(), id.to_owned()));
            }
        }
    }

    /// Adds or replaces a group.
    pub fn put_group(&mut self, id: &str, name: &str, members: &[&str]) {
        let group = Group {
            properties: Properties::from_iter([
                ("displayName".to_owned(), text(name)),
                ("description".to_owned(), Value::Null),
                ("groupTypes".to_owned(), json!([])),
                ("securityEnabled".to_owned(), Value::Bool(true)),
                ("mailEnabled".to_owned(), Value::Bool(false)),
            ]),
            members: members.iter().map(|member| (*member).to_owned()).collect(),
        };
        self.log.push(Changed::Group(id.to_owned()));
        self.log.extend(group.members.iter().map(|member| Changed::Member(id.to_owned(), member.clone())));
        self.groups.insert(id.to_owned(), group);
    }

    /// Deletes a group.
    pub fn delete_group(&mut self, id: &str) {
        self.groups.remove(id);
        self.log.push(Changed::Group(id.to_owned()));
    }

    /// Puts somebody into a group, or takes them out.
    pub fn set_member(&mut self, group: &str, member: &str, inside: bool) {
        if let Some(known) = self.groups.get_mut(group) {
            let changed = if inside { known.members.insert(member.to_owned()) } else { known.members.remove(member) };
            if changed {
                self.log.push(Changed::Member(group.to_owned(), member.to_owned()));
            }
        }
    }

    /// Lets all delta tokens die.
    pub fn expire_deltas(&mut self) {
        self.log.push(Changed::User(String::new()));
        self.oldest_delta = self.log.len();
    }

    /// The people in a group, directly or through groups in it, in order. Circles end.
    pub fn transitive_users(&self, group: &str) -> BTreeSet<&str> {
        let (mut seen, mut people, mut open) = (HashSet::from([group]), BTreeSet::new(), vec![group]);
        while let Some(next) = open.pop() {
            for member in self.groups.get(next).into_iter().flat_map(|group| &group.members) {
                if self.users.contains_key(member) {
                    people.insert(member.as_str());
                } else if self.groups.contains_key(member) && seen.insert(member) {
                    open.push(member);
                }
            }
        }
        people
    }
}
