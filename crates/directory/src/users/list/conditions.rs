//! What a filter asks of a person: as a test, and as the set of those who pass it.

use super::{KeyFilter, UserFilter, UserStatus};
use crate::{
    db::{
        Dialect,
        filter::{Sql, Value},
    },
    ids::{EVERYONE, GroupId},
    keys::KeyKind,
    names,
};

/// One condition of a filter.
pub(super) struct Condition {
    pub kind: Kind,
    /// A test of the person `u`, whose row is at hand.
    of_row: Sql,
    /// The same where only `u.id` and `u.display_name_key` are at hand.
    of_id: Option<Sql>,
    /// Who passes, each once, as `id`; with `display_name_key` for words.
    pub set: Sql,
}

/// What a condition is about.
pub(super) enum Kind {
    /// A word of a search.
    Word(String),
    /// One of these states.
    Status(Vec<UserStatus>),
    /// A member of this group.
    Group(GroupId),
    /// From one of these.
    Origin(Vec<&'static str>),
    /// One of these combinations of kinds of keys.
    Keys(Vec<i64>),
}

/// What is known of a person where a test is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AtHand {
    /// The row `u` of `users`.
    Row,
    /// `u.id` and `u.display_name_key`.
    Name,
}

impl Condition {
    /// The test, by what is at hand.
    pub fn test(&self, at_hand: AtHand) -> &Sql {
        match at_hand {
            AtHand::Row => &self.of_row,
            AtHand::Name => self.of_id.as_ref().unwrap_or(&self.of_row),
        }
    }
}

/// Adds the test whether a display name begins with the word.
pub(super) fn begins(sql: &mut Sql, column: &'static str, word: &str) {
    sql.push(column).push(" >= ").bind(word).push(" and ").push(column).push(" < ").bind(names::after_prefix(word));
}

/// Who is found by the word, but for those whose display name begins with it: `id` and
/// `display_name_key`.
pub(super) fn found_otherwise(word: &str) -> Sql {
    let (begin, end) = names::term_range(word);
    let mut sql = Sql::new("select distinct t.user_id as id, t.display_name_key from user_terms t where t.term >= ");
    sql.bind(begin).push(" and t.term < ").bind(end).push(" and not (");
    begins(&mut sql, "t.display_name_key", word);
    sql.push(")");
    sql
}

/// Those of [`found_otherwise`] whose first such word is this term, in the order of names.
pub(super) fn found_by(word: &str, term: &str) -> Sql {
    let (begin, _) = names::term_range(word);
    let mut sql = Sql::new("select t.user_id as id, t.display_name_key from user_terms t where t.term = ");
    sql.bind(term).push(" and not (");
    begins(&mut sql, "t.display_name_key", word);
    sql.push(") and not exists (select 1 from user_terms e where e.user_id = t.user_id and e.term >= ");
    sql.bind(begin).push(" and e.term < ").bind(term).push(")");
    sql
}

/// The conditions of a filter and the words of its search.
pub(super) fn of(dialect: Dialect, filter: &UserFilter, words: Vec<String>) -> Vec<Condition> {
    let mut all: Vec<Condition> = words.into_iter().map(word).collect();
    if !filter.status.is_empty() {
        let mut statuses = filter.status.clone();
        statuses.sort_unstable_by_key(|status| status.as_str());
        statuses.dedup();
        let names = statuses.iter().map(|status| status.as_str()).collect();
        all.push(one_of(dialect, "status", names, Kind::Status(statuses)));
    }
    if let Some(group) = filter.group.filter(|group| *group != EVERYONE) {
        let mut test = Sql::new("exists (select 1 from group_members m where m.user_id = u.id and m.group_id = ");
        test.bind(group.0).push(")");
        let mut set = Sql::new("select m.user_id as id from group_members m where m.group_id = ");
        set.bind(group.0);
        all.push(Condition { kind: Kind::Group(group), of_row: test, of_id: None, set });
    }
    if !filter.origin.is_empty() {
        let mut origins: Vec<&str> = filter.origin.iter().map(|origin| origin.as_str()).collect();
        origins.sort_unstable();
        origins.dedup();
        all.push(one_of(dialect, "origin", origins.clone(), Kind::Origin(origins)));
    }
    if !filter.key.is_empty() {
        let wanted = |held: i64| {
            filter.key.iter().any(|key| match key {
                KeyFilter::Kind(kind) => held & kind.bit() != 0,
                KeyFilter::None => held == 0,
            })
        };
        let combinations: Vec<i64> = (0..1 << KeyKind::ALL.len()).filter(|held| wanted(*held)).collect();
        all.push(one_of(dialect, "key_kinds", combinations.clone(), Kind::Keys(combinations)));
    }
    all
}

fn word(word: String) -> Condition {
    let (begin, end) = names::term_range(&word);
    let mut test = Sql::new("case when ");
    begins(&mut test, "u.display_name_key", &word);
    test.push(" then true else exists (select 1 from user_terms w where w.user_id = u.id and w.term >= ");
    test.bind(begin).push(" and w.term < ").bind(end).push(") end");
    let mut set = Sql::new("select n.id, n.display_name_key from users n where ");
    begins(&mut set, "n.display_name_key", &word);
    set.push(" union all ").append(&found_otherwise(&word));
    Condition { kind: Kind::Word(word), of_row: test, of_id: None, set }
}

/// A column of the person that holds one of these values.
fn one_of<V: Into<Value> + Clone>(dialect: Dialect, column: &'static str, values: Vec<V>, kind: Kind) -> Condition {
    // Written so that a walk along an order stays one: no other index serves a `case`.
    let mut of_row = Sql::new("case when u.");
    of_row.push(column).push(" in ").list(values.clone()).push(" then true else false end");
    let mut of_id = Sql::new("exists (select 1 from users s where s.");
    of_id.push(column).push(" in ").list(values.clone()).push(" and ");
    of_id.push(match (dialect, &kind) {
        // A range of one id: by `=` SQLite takes the index of ids and then the table, which is many
        // times as large as the index of status and id.
        (Dialect::Sqlite, Kind::Status(_)) => "s.id >= u.id and s.id <= u.id)",
        _ => "s.id = u.id)",
    });
    let mut set = Sql::new("select s.id from users s where s.");
    set.push(column).push(" in ").list(values);
    Condition { kind, of_row, of_id: Some(of_id), set }
}
