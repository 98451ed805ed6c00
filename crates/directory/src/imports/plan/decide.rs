//! The rules: one row of a source, and what is here already, give a verdict. No input or output.

use serde_json::{Map, Value, json};

use super::{Read, is_themselves, reaches, world::World};
use crate::{
    ids::UserId,
    imports::{Reason, Source, Verdict},
    names,
    roles::Role,
    users::{Origin, User, UserStatus},
};

/// What a row is to become.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Planned {
    pub number: i64,
    pub verdict: Verdict,
    pub reason: Option<Reason>,
    pub field: Option<String>,
    pub message: Option<String>,
    pub person: Option<(UserId, i64)>,
    pub changes: Map<String, Value>,
    pub holds_role: bool,
    pub if_ticked: Option<Verdict>,
}

impl Planned {
    pub fn new(number: i64, verdict: Verdict) -> Self {
        Self {
            number,
            verdict,
            reason: None,
            field: None,
            message: None,
            person: None,
            changes: Map::new(),
            holds_role: false,
            if_ticked: None,
        }
    }

    pub fn because(mut self, reason: Reason, field: Option<&str>, message: impl Into<String>) -> Self {
        self.reason = Some(reason);
        self.field = field.map(str::to_owned);
        self.message = Some(message.into());
        self
    }

    pub fn of(mut self, user: &User) -> Self {
        self.person = Some((user.id, user.version));
        self
    }

    pub fn to_json(&self) -> Value {
        json!([
            self.number,
            self.verdict,
            self.reason,
            self.field,
            self.message,
            self.person.map(|(id, _)| id.0.simple().to_string()),
            self.person.map(|(_, version)| version),
            if self.changes.is_empty() { None } else { Some(Value::Object(self.changes.clone()).to_string()) },
            self.holds_role,
            self.if_ticked,
        ])
    }
}

/// Whom a row is about.
enum Match {
    /// Nobody who is here.
    Nobody,
    /// Somebody who is known by a link, so that no address decides.
    Linked(UserId),
    /// Somebody by user name or address.
    Named(UserId),
}

impl World<'_> {
    /// Gives a row its verdict, and notes whom it is about.
    pub fn decide(&mut self, row: &Read) -> Planned {
        let planned = self.verdict_of(row);
        if let Some((user, _)) = planned.person {
            self.taken.entry(user).or_insert(row.number);
        }
        planned
    }

    fn verdict_of(&self, row: &Read) -> Planned {
        if let Some(planned) = self.gone_or_disabled(row) {
            return planned;
        }
        if let Some(problem) = &row.data.problem {
            let verdict = if problem.reason.skips() { Verdict::Skipped } else { Verdict::Rejected };
            return Planned::new(row.number, verdict).because(
                problem.reason,
                problem.field.as_deref(),
                problem.message.clone(),
            );
        }
        if let Some(planned) = self.repeated(row).or_else(|| self.unknown_group(row)) {
            return planned;
        }
        match self.whom(row) {
            Err(conflict) => conflict,
            Ok(Match::Nobody) => self.create(row),
            Ok(Match::Linked(id)) => self.update(row, id, true),
            Ok(Match::Named(id)) => self.update(row, id, false),
        }
    }

    fn is_entra(&self) -> bool {
        self.import.source == Source::Entra
    }

    /// Objects that are gone from the tenant or disabled there: who is linked to one is disabled here.
    fn gone_or_disabled(&self, row: &Read) -> Option<Planned> {
        let takes_disabled = self.import.options.entra.as_ref().is_some_and(|entra| entra.include_disabled);
        let reason = match row.data.active {
            _ if !self.is_entra() => return None,
            _ if row.data.removed => Reason::LeftSource,
            Some(false) if !takes_disabled => Reason::DisabledInSource,
            _ => return None,
        };
        let linked = row.object_id.and_then(|id| self.links.get(&id)).and_then(|(user, _)| self.users.get(user));
        let Some(user) = linked else {
            let skipped = Planned::new(row.number, Verdict::Skipped);
            return Some(if row.data.removed {
                skipped.because(Reason::NotHere, None, "This person is not in the source any more, and was never here.")
            } else {
                skipped.because(Reason::DisabledAtSource, None, "This account is disabled in Entra ID.")
            });
        };
        if !super::may_change(self.import.options.mode) {
            return Some(already_here(row.number, user));
        }
        Some(leaving(self, row.number, user, reason))
    }

    /// A row that repeats another: in a file the first one counts, in a tenant neither.
    fn repeated(&self, row: &Read) -> Option<Planned> {
        if self.is_entra() {
            return None;
        }
        let keys = [("email", &row.email_key, &self.emails), ("userName", &row.user_name_key, &self.user_names)];
        for (field, key, rows) in keys {
            let first = key.as_ref().and_then(|key| rows.get(key)).map(|(first, _)| *first);
            if let Some(first) = first.filter(|first| *first < row.number) {
                let what = if field == "email" { "e-mail address" } else { "user name" };
                let message = format!("Line {first} has the same {what}: that line counts. Remove one of them.");
                return Some(Planned::new(row.number, Verdict::Rejected).because(
                    Reason::DuplicateInFile,
                    Some(field),
                    message,
                ));
            }
        }
        None
    }

    fn unknown_group(&self, row: &Read) -> Option<Planned> {
        let made = |name: &String| self.targets.new.iter().any(|new| names::key(new) == names::key(name));
        for name in row.data.groups.iter().filter(|name| !made(name)) {
            match self.named.get(&names::key(name)) {
                None => {
                    let message =
                        format!("There is no group called {name} that was made here. Make it, or correct its name.");
                    return Some(Planned::new(row.number, Verdict::Rejected).because(
                        Reason::UnknownGroup,
                        Some("groups"),
                        message,
                    ));
                }
                Some((_, false)) => {
                    let message = format!("The group {name} grants a role, which only an owner hands out.");
                    return Some(Planned::new(row.number, Verdict::Conflict).because(
                        Reason::Outranks,
                        Some("groups"),
                        message,
                    ));
                }
                Some(_) => {}
            }
        }
        None
    }

    fn whom(&self, row: &Read) -> Result<Match, Planned> {
        let conflict = |reason, field, message: String| {
            Err(Planned::new(row.number, Verdict::Conflict).because(reason, Some(field), message))
        };
        let key = row.email_key.as_deref().unwrap_or_default();
        let same_address = self.by_email.get(key).map_or(&[][..], Vec::as_slice);
        let linked = row.object_id.and_then(|id| self.links.get(&id)).map(|(user, _)| *user);
        let named = row.user_name_key.as_ref().filter(|_| !self.is_entra()).and_then(|key| self.by_user_name.get(key));
        let known = linked.or(named.copied());
        let keeps_address = known.is_some_and(|id| same_address.contains(&id));
        if self.is_entra() && !keeps_address && self.emails.get(key).is_some_and(|(_, second)| second.is_some()) {
            return conflict(
                Reason::SharedEmail,
                "email",
                "Several people in Entra ID have this e-mail address. Give each their own, or add them by hand."
                    .to_owned(),
            );
        }
        if let Some(id) = known {
            if !keeps_address && let Some(other) = same_address.iter().find_map(|id| self.users.get(id)) {
                let message =
                    format!("{} has this e-mail address already. Correct one of the two.", other.display_name);
                return conflict(Reason::SeveralMatches, "email", message);
            }
            return self.not_taken(row, id, if linked.is_some() { Match::Linked(id) } else { Match::Named(id) });
        }
        match same_address {
            [] => Ok(Match::Nobody),
            [id] if self.is_entra() && self.linked.contains(id) => conflict(
                Reason::LinkedElsewhere,
                "email",
                "The person with this e-mail address belongs to another account of Entra ID.".to_owned(),
            ),
            [id] => self.not_taken(row, *id, Match::Named(*id)),
            _ => conflict(
                Reason::SharedEmail,
                "email",
                "Several people here have this e-mail address. Give each their own, or a user name in the file."
                    .to_owned(),
            ),
        }
    }

    /// Whether an earlier row is the same person.
    fn not_taken(&self, row: &Read, id: UserId, found: Match) -> Result<Match, Planned> {
        let Some(first) = self.taken.get(&id) else { return Ok(found) };
        Err(if self.is_entra() {
            Planned::new(row.number, Verdict::Conflict).because(
                Reason::SeveralMatches,
                Some("email"),
                "Two accounts of Entra ID lead to the same person here.",
            )
        } else {
            Planned::new(row.number, Verdict::Rejected).because(
                Reason::DuplicateInFile,
                None,
                format!("Line {first} is the same person: that line counts. Remove one of them."),
            )
        })
    }

    fn create(&self, row: &Read) -> Planned {
        if !self.import.options.mode.adds() {
            return Planned::new(row.number, Verdict::Skipped).because(
                Reason::NotHere,
                None,
                "This person is not here, and only people who are here are updated.",
            );
        }
        let user_name = row.user_name_key.as_ref().or(row.email_key.as_ref());
        if let Some(holder) = user_name.and_then(|key| self.by_user_name.get(key)).and_then(|id| self.users.get(id)) {
            return Planned::new(row.number, Verdict::Conflict).because(
                Reason::UserNameTaken,
                Some("userName"),
                format!("{} has this user name already. Choose another.", holder.display_name),
            );
        }
        Planned::new(row.number, Verdict::Create)
    }

    fn update(&self, row: &Read, id: UserId, linked: bool) -> Planned {
        let Some(user) = self.users.get(&id) else { return self.create(row) };
        if !super::may_change(self.import.options.mode) {
            return already_here(row.number, user);
        }
        if let Some(theirs) = of_scim(row.number, user) {
            return theirs;
        }
        let changes = self.changes(row, user);
        if changes.contains_key("userName")
            && let Some(holder) = row.user_name_key.as_ref().and_then(|key| self.by_user_name.get(key))
            && *holder != id
        {
            return Planned::new(row.number, Verdict::Conflict).of(user).because(
                Reason::UserNameTaken,
                Some("userName"),
                "Somebody else has this user name already. Choose another.",
            );
        }
        let disables = changes.get("active").is_some_and(|change| change["new"] == false);
        if disables && let Some(refused) = refuse_disabling(self, row.number, user) {
            return refused;
        }
        let verdict = match (changes.is_empty(), disables) {
            (true, _) => Verdict::Unchanged,
            (false, true) => Verdict::Deactivate,
            (false, false) => Verdict::Update,
        };
        // To link somebody is to let the tenant change them from now on.
        let touches = verdict != Verdict::Unchanged || (self.is_entra() && !linked);
        let theirs = self.roles.get(&id);
        if touches && let Some(planned) = self.refuse_rank(row.number, user) {
            return planned;
        }
        let mut planned = Planned { changes, ..Planned::new(row.number, verdict).of(user) };
        if disables {
            planned = planned.because(
                Reason::DisabledInSource,
                Some("active"),
                "The source says that this person is disabled.",
            );
        }
        if touches && !linked && theirs.is_some_and(|roles| roles.highest() > Role::Member) {
            planned = planned.because(
                Reason::HoldsRole,
                None,
                "This person holds a role. Tick the row if the source may change them.",
            );
            planned.holds_role = true;
            planned.if_ticked = Some(verdict);
            planned.verdict = Verdict::Conflict;
        }
        planned
    }

    pub(super) fn refuse_rank(&self, number: i64, user: &User) -> Option<Planned> {
        let theirs = self.roles.get(&user.id)?;
        (!reaches(self.actor, user.id, theirs)).then(|| {
            Planned::new(number, Verdict::Conflict).of(user).because(
                Reason::Outranks,
                None,
                "This person holds a role that you may not act on: ask an owner to run the import.",
            )
        })
    }

    fn changes(&self, row: &Read, user: &User) -> Map<String, Value> {
        let fields = &row.data.fields;
        let mut changes = Map::new();
        let mut differ = |name: &str, old: Option<&str>, new: Option<&str>| {
            if let Some(new) = new.filter(|new| Some(*new) != old) {
                changes.insert(name.to_owned(), json!({ "old": old, "new": new }));
            }
        };
        differ("userName", Some(&user.user_name), fields.user_name.as_deref());
        differ("email", Some(&user.email), fields.email.as_deref());
        differ("displayName", Some(&user.display_name), fields.display_name.as_deref());
        differ("givenName", user.given_name.as_deref(), fields.given_name.as_deref());
        differ("familyName", user.family_name.as_deref(), fields.family_name.as_deref());
        differ("phone", user.phone.as_deref(), fields.phone.as_deref());
        differ("title", user.title.as_deref(), fields.title.as_deref());
        differ("department", user.department.as_deref(), fields.department.as_deref());
        differ("preferredLanguage", user.preferred_language.as_deref(), fields.preferred_language.as_deref());
        differ("externalId", user.external_id.as_deref(), fields.external_id.as_deref());
        let disabled_here = row.object_id.and_then(|id| self.links.get(&id)).is_some_and(|(_, disabled)| *disabled);
        let active = match row.data.active {
            // Whom an administrator disabled here, the tenant does not enable again.
            Some(true) if self.is_entra() => Some(user.active || disabled_here),
            None if self.is_entra() && disabled_here => Some(true),
            told => told,
        };
        if let Some(active) = active.filter(|active| *active != user.active) {
            changes.insert("active".to_owned(), json!({ "old": user.active, "new": active }));
        }
        let named = row.data.groups.iter().filter_map(|name| self.named.get(&names::key(name)).map(|(group, _)| group));
        let mut joins: Vec<&str> = self
            .targets
            .groups
            .iter()
            .chain(named)
            .filter(|group| !self.members.contains(&(user.id, group.id)))
            .map(|group| group.name.as_str())
            .chain(self.targets.new.iter().map(String::as_str))
            .collect();
        joins.sort_unstable();
        joins.dedup();
        if !joins.is_empty() {
            changes.insert("groups".to_owned(), json!({ "old": null, "new": joins }));
        }
        if let Some(key) = &self.import.options.assign_key
            && user.status == UserStatus::New
            && active != Some(false)
        {
            changes.insert("key".to_owned(), json!({ "old": null, "new": key.kind }));
        }
        changes
    }
}

/// A person whom SCIM manages: two directories would undo each other's changes.
fn of_scim(number: i64, user: &User) -> Option<Planned> {
    (user.origin == Origin::Scim).then(|| {
        Planned::new(number, Verdict::Skipped).of(user).because(
            Reason::ManagedByScim,
            None,
            "This person is managed by SCIM. Change them in the directory they come from.",
        )
    })
}

fn already_here(number: i64, user: &User) -> Planned {
    Planned::new(number, Verdict::Skipped).of(user).because(
        Reason::AlreadyHere,
        None,
        "This person is here already, and only new people are added.",
    )
}

/// A person whom the source does not have any more, or has disabled.
pub(super) fn leaving(world: &World<'_>, number: i64, user: &User, reason: Reason) -> Planned {
    if let Some(theirs) = of_scim(number, user) {
        return theirs;
    }
    if !user.active {
        return Planned::new(number, Verdict::Unchanged).of(user);
    }
    if let Some(refused) = refuse_disabling(world, number, user).or_else(|| world.refuse_rank(number, user)) {
        return refused;
    }
    let message = match reason {
        Reason::LeftSource => "This person is not in the source any more.",
        _ => "The source says that this person is disabled.",
    };
    let mut planned = Planned::new(number, Verdict::Deactivate).of(user).because(reason, Some("active"), message);
    planned.changes.insert("active".to_owned(), json!({ "old": true, "new": false }));
    planned
}

fn refuse_disabling(world: &World<'_>, number: i64, user: &User) -> Option<Planned> {
    let skipped = Planned::new(number, Verdict::Skipped).of(user);
    if is_themselves(world.import, user.id) {
        return Some(skipped.because(Reason::Yourself, Some("active"), "An import does not disable whoever runs it."));
    }
    (world.only_owner == Some(user.id)).then(|| {
        skipped.because(
            Reason::LastOwner,
            Some("active"),
            "This is the last owner: make someone else an owner before disabling them.",
        )
    })
}
