//! Filters and orders as SQL: the same meaning as [`Filter::matches`], on both databases.
//!
//! What Entra ID asks for is answered by an index: `id`, `userName`, `externalId`, `emails[type eq "work"].value`, a
//! group's `displayName` and `externalId`. The rest of a person is asked of the document that [`super::mapping`] makes,
//! where each attribute is a list of values.
//!
//! A comparison with nothing is nothing in SQL and false here: only under `not` does that make a difference, and there
//! it is said.

use keystead_directory::{
    db::{Dialect, filter::Sql},
    names,
};
use keystead_scim::{
    Error, Filter,
    filter::{Literal, Operator},
    fold,
    path::AttributePath,
    schema::{Attribute, Type},
};
use uuid::Uuid;

/// Which resources are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// `users u` and `scim_users s`.
    Users,
    /// `groups g`.
    Groups,
}

/// Writes the condition of a query.
///
/// # Errors
/// `invalidFilter` for what is computed and can't be asked for.
pub fn condition(filter: &Filter<'_>, table: Table, dialect: Dialect) -> Result<Sql, Error> {
    let mut out = Sql::new("");
    Writer { table, dialect }.write(filter, &mut out)?;
    Ok(out)
}

/// Writes the expression that a list is sorted by.
///
/// # Errors
/// `invalidValue` for what can't be sorted by.
pub fn order(path: &AttributePath<'_>, table: Table, dialect: Dialect) -> Result<Sql, Error> {
    let writer = Writer { table, dialect };
    match writer.place(path) {
        Place::Text(column, _) | Place::Flag(column) | Place::Time(column) => Ok(Sql::new(column)),
        Place::Id => Ok(Sql::new(if table == Table::Users { "s.user_id" } else { "g.id" })),
        Place::Document => Ok(writer.first_value(path)),
        Place::Memberships | Place::Constant(_) | Place::Computed => {
            Err(Error::invalid_value(format!("{path} can't be sorted by.")))
        }
    }
}

/// Where a value stands.
enum Place {
    /// The id.
    Id,
    /// A column of text, in the form that this makes of what is compared with it.
    Text(&'static str, fn(&str) -> String),
    /// A column of true and false.
    Flag(&'static str),
    /// A column of milliseconds.
    Time(&'static str),
    /// The same for all.
    Constant(&'static str),
    /// A person's groups, or a group's people, by id.
    Memberships,
    /// The document.
    Document,
    /// Nowhere.
    Computed,
}

struct Writer {
    table: Table,
    dialect: Dialect,
}

fn as_is(text: &str) -> String {
    text.to_owned()
}

fn unsupported(path: &AttributePath<'_>) -> Error {
    Error::invalid_filter(format!("{path} can't be filtered by in this way."))
}

impl Writer {
    fn place(&self, path: &AttributePath<'_>) -> Place {
        let users = self.table == Table::Users;
        let of = |user, group| if users { user } else { group };
        match path.names() {
            (None, "id", None) => Place::Id,
            (None, "externalId", None) => Place::Text(of("s.external_id", "g.external_id"), as_is),
            (None, "meta", Some("created")) => Place::Time(of("u.created_at", "g.created_at")),
            (None, "meta", Some("lastModified")) => Place::Time(of("u.updated_at", "g.updated_at")),
            (None, "meta", Some("resourceType")) => Place::Constant(of("User", "Group")),
            (None, "meta", _) => Place::Computed,
            (None, "userName", None) if users => Place::Text("u.user_name_key", names::key),
            (None, "active", None) if users => Place::Flag("u.active"),
            (None, "groups", None | Some("value")) if users => Place::Memberships,
            (None, "groups", _) if users => Place::Computed,
            _ if users => Place::Document,
            (None, "displayName", None) => Place::Text("g.name_key", names::key),
            (None, "description", None) => Place::Text("g.description", as_is),
            (None, "members", None | Some("value")) => Place::Memberships,
            _ => Place::Computed,
        }
    }

    fn is_sqlite(&self) -> bool {
        self.dialect == Dialect::Sqlite
    }

    fn write(&self, filter: &Filter<'_>, out: &mut Sql) -> Result<(), Error> {
        match filter {
            Filter::And(parts) => self.joined(parts, " and ", out)?,
            Filter::Or(parts) => self.joined(parts, " or ", out)?,
            Filter::Not(inner) => {
                out.push("not coalesce((");
                self.write(inner, out)?;
                out.push("), false)");
            }
            Filter::Present(path) => self.present(path, out)?,
            Filter::Compare(path, operator, literal) => self.compare(path, *operator, literal, out)?,
            Filter::Element(path, inner) => self.element(path, inner, out)?,
        }
        Ok(())
    }

    fn joined(&self, parts: &[Filter<'_>], word: &'static str, out: &mut Sql) -> Result<(), Error> {
        for (at, part) in parts.iter().enumerate() {
            out.push(if at > 0 { word } else { "" }).push("(");
            self.write(part, out)?;
            out.push(")");
        }
        Ok(())
    }

    fn present(&self, path: &AttributePath<'_>, out: &mut Sql) -> Result<(), Error> {
        match self.place(path) {
            Place::Id | Place::Flag(_) | Place::Time(_) | Place::Constant(_) => {
                out.push("true");
            }
            Place::Text(column, _) => {
                out.push(column).push(" is not null");
            }
            Place::Memberships => {
                self.memberships(out);
                out.push(")");
            }
            Place::Document => {
                self.each_value(path, out);
                match path.sub_attribute {
                    None => out.push("true"),
                    Some(sub) => out.append(&self.part(sub)).push(" is not null"),
                };
                out.push(")");
            }
            // A resource always has these.
            Place::Computed if path.attribute.is("meta") => {
                out.push("true");
            }
            Place::Computed => return Err(unsupported(path)),
        }
        Ok(())
    }

    fn compare(
        &self,
        path: &AttributePath<'_>,
        operator: Operator,
        literal: &Literal,
        out: &mut Sql,
    ) -> Result<(), Error> {
        let equal_to_null = *literal == Literal::Null && operator == Operator::Equal;
        if *literal == Literal::Null && operator == Operator::NotEqual {
            return self.present(path, out);
        }
        if operator == Operator::NotEqual || equal_to_null {
            out.push("not coalesce((");
            if equal_to_null {
                self.present(path, out)?;
            } else {
                self.compare(path, Operator::Equal, literal, out)?;
            }
            out.push("), false)");
            return Ok(());
        }
        match (self.place(path), literal) {
            (Place::Id, Literal::Text(text)) if operator == Operator::Equal => self.is_id(text, out),
            (Place::Text(column, form), Literal::Text(text)) => {
                self.text(&Sql::new(column), operator, &form(no_zero(text)?), out);
            }
            (Place::Flag(column), Literal::Boolean(wanted)) => {
                out.push(if *wanted { "" } else { "not " }).push(column);
            }
            (Place::Time(column), Literal::DateTime(moment)) => time(column, operator, moment, out),
            (Place::Constant(constant), Literal::Text(text)) if operator == Operator::Equal => {
                let same = if path.leaf().case_exact { constant == text } else { fold(constant) == fold(text) };
                out.push(if same { "true" } else { "false" });
            }
            (Place::Memberships, Literal::Text(text)) if operator == Operator::Equal => {
                self.membership(text, out);
            }
            (Place::Document, _) => {
                self.each_value(path, out);
                let part = match path.sub_attribute {
                    None => Sql::new(if self.is_sqlite() { "e.value" } else { "(e.value #>> '{}')" }),
                    Some(sub) => self.part(sub),
                };
                self.value(path, &part, operator, literal, out)?;
                out.push(")");
            }
            _ => return Err(unsupported(path)),
        }
        Ok(())
    }

    /// `exists (select …, each value of an attribute called e, where`: to be completed with a condition and `)`.
    fn each_value(&self, path: &AttributePath<'_>, out: &mut Sql) {
        let name = AttributePath { sub_attribute: None, ..*path }.to_string();
        if self.is_sqlite() {
            out.push("exists (select 1 from json_each(s.search, ").bind(format!("$.\"{name}\"")).push(") e where ");
        } else {
            out.push("exists (select 1 from jsonb_array_elements(s.search -> ").bind(name).push(") e(value) where ");
        }
    }

    /// A part of the value `e`.
    fn part(&self, sub: &Attribute) -> Sql {
        if self.is_sqlite() {
            let mut part = Sql::new("json_extract(e.value, ");
            part.bind(format!("$.\"{}\"", sub.name)).push(")");
            part
        } else {
            let mut part = Sql::new("(e.value ->> ");
            part.bind(sub.name.as_ref()).push(")");
            part
        }
    }

    /// A comparison of a value in the document.
    fn value(
        &self,
        path: &AttributePath<'_>,
        part: &Sql,
        operator: Operator,
        literal: &Literal,
        out: &mut Sql,
    ) -> Result<(), Error> {
        match literal {
            Literal::Text(text) => {
                let text = no_zero(text)?;
                let text = if path.leaf().case_exact { text.to_owned() } else { fold(text) };
                self.text(part, operator, &text, out);
            }
            Literal::Boolean(wanted) if path.leaf().kind == Type::Boolean => {
                out.append(part).push(match (self.is_sqlite(), wanted) {
                    (true, true) => " = 1",
                    (true, false) => " = 0",
                    (false, true) => " = 'true'",
                    (false, false) => " = 'false'",
                });
            }
            _ => return Err(unsupported(path)),
        }
        Ok(())
    }

    /// A comparison of texts, in the order of their bytes.
    fn text(&self, part: &Sql, operator: Operator, text: &str, out: &mut Sql) {
        let ordered = |out: &mut Sql, sign: &'static str| {
            out.append(part).push(if self.is_sqlite() { "" } else { " collate \"C\"" }).push(sign).bind(text);
        };
        match operator {
            Operator::Equal => {
                out.append(part).push(" = ").bind(text);
            }
            Operator::Contains | Operator::StartsWith | Operator::EndsWith if text.is_empty() => {
                out.append(part).push(" is not null");
            }
            Operator::Contains => {
                out.push(if self.is_sqlite() { "instr(" } else { "strpos(" });
                out.append(part).push(", ").bind(text).push(") > 0");
            }
            Operator::StartsWith if self.is_sqlite() => {
                out.push("substr(").append(part).push(", 1, length(").bind(text).push(")) = ").bind(text);
            }
            Operator::StartsWith => {
                out.push("starts_with(").append(part).push(", ").bind(text).push(")");
            }
            Operator::EndsWith => {
                out.push(if self.is_sqlite() { "substr(" } else { "right(" }).append(part);
                out.push(if self.is_sqlite() { ", -length(" } else { ", length(" });
                out.bind(text).push(")) = ").bind(text);
            }
            Operator::Greater => ordered(out, " > "),
            Operator::GreaterOrEqual => ordered(out, " >= "),
            Operator::Less => ordered(out, " < "),
            Operator::LessOrEqual => ordered(out, " <= "),
            // Turned around before.
            Operator::NotEqual => ordered(out, " <> "),
        }
    }

    fn is_id(&self, text: &str, out: &mut Sql) {
        match id(text) {
            Some(id) => {
                out.push(if self.table == Table::Users { "s.user_id = " } else { "g.id = " }).bind(id);
            }
            None => {
                out.push("false");
            }
        }
    }

    /// `exists (select …, each membership called m, where true`: to be completed with a condition and `)`.
    fn memberships(&self, out: &mut Sql) {
        out.push(if self.table == Table::Users {
            "exists (select 1 from group_members m join groups n on n.id = m.group_id and n.type = 'scim' \
             where m.user_id = s.user_id"
        } else {
            "exists (select 1 from group_members m where m.group_id = g.id"
        });
    }

    fn membership(&self, text: &str, out: &mut Sql) {
        let Some(id) = id(text) else {
            out.push("false");
            return;
        };
        self.memberships(out);
        out.push(if self.table == Table::Users { " and m.group_id = " } else { " and m.user_id = " });
        out.bind(id).push(")");
    }

    fn element(&self, path: &AttributePath<'_>, inner: &Filter<'_>, out: &mut Sql) -> Result<(), Error> {
        match self.place(path) {
            Place::Memberships => match inner {
                Filter::Compare(part, Operator::Equal, Literal::Text(text)) if part.leaf().is("value") => {
                    self.membership(text, out);
                    Ok(())
                }
                _ => Err(unsupported(path)),
            },
            Place::Document => {
                let work = if path.names() == (None, "emails", None) { work_email(inner) } else { None };
                if let Some(address) = work {
                    // More than one work address, or none: the index doesn't know.
                    out.push("(s.work_email_key = ").bind(fold(no_zero(address)?));
                    out.push(" or (s.work_email_key is null and ");
                }
                self.each_value(path, out);
                self.in_element(inner, out)?;
                out.push(")").push(if work.is_some() { "))" } else { "" });
                Ok(())
            }
            _ => Err(unsupported(path)),
        }
    }

    fn in_element(&self, filter: &Filter<'_>, out: &mut Sql) -> Result<(), Error> {
        let joined = |parts: &[Filter<'_>], word: &'static str, out: &mut Sql| {
            for (at, part) in parts.iter().enumerate() {
                out.push(if at > 0 { word } else { "" }).push("(");
                self.in_element(part, out)?;
                out.push(")");
            }
            Ok::<_, Error>(())
        };
        match filter {
            Filter::And(parts) => joined(parts, " and ", out)?,
            Filter::Or(parts) => joined(parts, " or ", out)?,
            Filter::Not(inner) => {
                out.push("not coalesce((");
                self.in_element(inner, out)?;
                out.push("), false)");
            }
            Filter::Present(path) => {
                out.append(&self.part(path.leaf())).push(" is not null");
            }
            Filter::Compare(path, operator, Literal::Null) => {
                out.append(&self.part(path.leaf()));
                out.push(if *operator == Operator::Equal { " is null" } else { " is not null" });
            }
            Filter::Compare(path, Operator::NotEqual, literal) => {
                out.push("not coalesce((");
                self.value(path, &self.part(path.leaf()), Operator::Equal, literal, out)?;
                out.push("), false)");
            }
            Filter::Compare(path, operator, literal) => {
                self.value(path, &self.part(path.leaf()), *operator, literal, out)?;
            }
            Filter::Element(path, _) => return Err(unsupported(path)),
        }
        Ok(())
    }

    /// The value that counts when people are sorted: the primary one of a list, else the first.
    fn first_value(&self, path: &AttributePath<'_>) -> Sql {
        let name = AttributePath { sub_attribute: None, ..*path }.to_string();
        let mut out = Sql::new("select ");
        match (path.sub_attribute, self.is_sqlite()) {
            (Some(sub), _) => out.append(&self.part(sub)),
            (None, true) => out.push("e.value"),
            (None, false) => out.push("(e.value #>> '{}')"),
        };
        let is_list_of_parts = path.attribute.multi_valued && path.sub_attribute.is_some();
        if self.is_sqlite() {
            out.push(" from json_each(s.search, ").bind(format!("$.\"{name}\"")).push(") e order by ");
            out.push(if is_list_of_parts { "coalesce(json_extract(e.value, '$.primary'), 0) desc, " } else { "" });
            out.push("e.key limit 1");
        } else {
            out.push(" collate \"C\" from jsonb_array_elements(s.search -> ").bind(name);
            out.push(") with ordinality e(value, place) order by ");
            out.push(if is_list_of_parts { "coalesce(e.value ->> 'primary', 'false') desc, " } else { "" });
            out.push("e.place limit 1");
        }
        out
    }
}

/// An id as we write it: whatever else might be read as one is nobody's.
pub fn id(text: &str) -> Option<Uuid> {
    text.parse::<Uuid>().ok().filter(|id| id.to_string() == text)
}

/// No stored text has a zero in it, and PostgreSQL takes none.
fn no_zero(text: &str) -> Result<&str, Error> {
    if text.contains('\0') { Err(Error::invalid_filter("No text may have a zero character.")) } else { Ok(text) }
}

/// The address in `type eq "work" and value eq "…"`.
fn work_email<'f>(filter: &'f Filter<'_>) -> Option<&'f str> {
    let Filter::And(parts) = filter else { return None };
    let (mut kind, mut address) = (None, None);
    for part in parts {
        let Filter::Compare(path, Operator::Equal, Literal::Text(text)) = part else { return None };
        match path.leaf().name.as_ref() {
            "type" => kind = kind.is_none().then_some(text),
            "value" => address = address.is_none().then_some(text.as_str()),
            _ => return None,
        }
    }
    if parts.len() == 2 && kind.is_some_and(|kind| fold(kind) == "work") { address } else { None }
}

/// Compares a column of whole milliseconds with a moment that may lie between two.
fn time(column: &'static str, operator: Operator, moment: &jiff::Timestamp, out: &mut Sql) {
    let nanoseconds = moment.as_nanosecond();
    let floor = i64::try_from(nanoseconds.div_euclid(1_000_000)).unwrap_or(i64::MAX);
    let between = nanoseconds.rem_euclid(1_000_000) != 0;
    let sign = match (operator, between) {
        (Operator::Equal, false) => " = ",
        (Operator::Greater, _) | (Operator::GreaterOrEqual, true) => " > ",
        (Operator::GreaterOrEqual, false) => " >= ",
        (Operator::Less, false) => " < ",
        (Operator::LessOrEqual, _) | (Operator::Less, true) => " <= ",
        // Between two milliseconds there is nobody; other comparisons have no moments.
        _ => {
            out.push("false");
            return;
        }
    };
    out.push(column).push(sign).bind(floor);
}
