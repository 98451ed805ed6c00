//! The roads that lead to the people of a list, in its order, and the choice among them.
//!
//! A road is an index in the order asked for, of all people or of those who meet one of the
//! conditions: it is walked, and whoever does not meet the others is skipped. How many that will be
//! is told by a sample of the first on each road. A condition that so few people meet that looking
//! at all of them costs less is a road too: these are sorted.

use super::{
    User,
    conditions::{AtHand, Condition, Kind, begins, found_by, found_otherwise},
};
use crate::{
    db::{
        Conn,
        filter::{Sql, Value},
    },
    error::Result,
    names,
    page::{Cursor, order::Order},
    sql,
};

/// So few people are looked at without asking whether there is a better way.
const FEW: i64 = if cfg!(test) { 3 } else { 500 };
/// How many are looked at on each road for a sample.
const SAMPLE: i64 = if cfg!(test) { 8 } else { 250 };
/// The most different words that a road leads along.
const SPELLINGS: i64 = if cfg!(test) { 3 } else { 16 };
/// The longest road that is ever reckoned with, in people.
const FAR: i64 = 100_000;

/// A stretch of one index.
pub(super) struct Stretch {
    /// `from … where …`
    from: Sql,
    at_hand: AtHand,
    /// The conditions that everybody on it meets, by position.
    met: Vec<usize>,
    /// Whether it is so short that nobody need ask.
    short: bool,
}

/// Stretches that have nobody in common; the page is the first of them all.
pub(super) type Road = Vec<Stretch>;

impl Stretch {
    fn new(from: &'static str, at_hand: AtHand, met: Option<usize>) -> Self {
        Self { from: Sql::new(from), at_hand, met: met.into_iter().collect(), short: false }
    }

    /// Who on it meets all conditions: `id` and `place`, in order, at most so many.
    pub fn find(&self, conditions: &[Condition], order: Order<User>, from: Option<&Cursor>, rows: i64) -> Sql {
        let mut sql = Sql::new("select u.id, ");
        sql.push(order.sql()).push(" as place ").append(&self.from);
        for condition in self.others(conditions) {
            sql.push(" and ").append(condition.test(self.at_hand));
        }
        order.after(&mut sql, from);
        order.first(&mut sql, rows);
        sql
    }

    /// Whether it is walked no further than the page.
    fn is_direct(&self, conditions: &[Condition]) -> bool {
        self.short || self.met.len() == conditions.len()
    }

    fn others<'c>(&self, conditions: &'c [Condition]) -> impl Iterator<Item = &'c Condition> {
        conditions.iter().enumerate().filter(|(at, _)| !self.met.contains(at)).map(|(_, condition)| condition)
    }

    /// How many must be looked at until `rows` are found, by a sample of the first.
    async fn length(
        &self,
        conn: &mut Conn,
        conditions: &[Condition],
        order: Order<User>,
        from: Option<&Cursor>,
        rows: i64,
    ) -> Result<i64> {
        if self.is_direct(conditions) {
            return Ok(rows);
        }
        let mut sql = Sql::new("select count(*), coalesce(sum(case when 1 = 1");
        for condition in self.others(conditions) {
            sql.push(" and ").append(condition.test(self.at_hand));
        }
        sql.push(" then 1 else 0 end), 0) from (select u.id, u.display_name_key");
        if self.at_hand == AtHand::Row {
            sql.push(", u.status, u.origin, u.key_kinds");
        }
        sql.push(" ").append(&self.from);
        order.after(&mut sql, from);
        order.first(&mut sql, SAMPLE);
        sql.push(") u");
        let (seen, found): (i64, i64) = sql.run(conn).one().await?;
        Ok(if seen < SAMPLE {
            seen
        } else if found == 0 {
            FAR
        } else {
            rows * seen / found
        })
    }
}

/// The roads in this order.
async fn all(conn: &mut Conn, conditions: &[Condition], order: Order<User>) -> Result<Vec<Road>> {
    let mut roads = Vec::new();
    for (at, condition) in conditions.iter().enumerate() {
        match &condition.kind {
            Kind::Status(statuses) if order.within_status() => {
                roads.push(within("u.status", statuses.iter().map(|status| status.as_str()), at));
            }
            Kind::Origin(origins) if order.by_name() => roads.push(within("u.origin", origins.iter().copied(), at)),
            Kind::Keys(kinds) if order.by_name() => roads.push(within("u.key_kinds", kinds.iter().copied(), at)),
            Kind::Group(group) if order.by_name() => {
                let members =
                    "from (select m.user_id as id, m.display_name_key from group_members m where m.group_id = ";
                let mut stretch = Stretch::new(members, AtHand::Name, Some(at));
                stretch.from.bind(group.0).push(") u where 1 = 1");
                roads.push(vec![stretch]);
            }
            _ => {}
        }
    }
    roads.push(vec![Stretch::new("from users u where 1 = 1", AtHand::Row, None)]);
    if order.by_name() {
        for (at, condition) in conditions.iter().enumerate() {
            if let Kind::Word(word) = &condition.kind {
                roads.extend(along(conn, word, at).await?);
            }
        }
        shorten(conn, conditions, &mut roads).await?;
    }
    Ok(roads)
}

/// The people of each word that begins so stand in the order of names, and so do those whose display name begins so:
/// where only few words begin so, as with a family name, these are a road.
async fn along(conn: &mut Conn, word: &str, at: usize) -> Result<Option<Road>> {
    let (begin, end) = names::term_range(word);
    let terms: Vec<(String,)> = conn
        .query(sql!(
            "with recursive found (term, number) as ( \
             select (select min(t.term) from user_terms t where t.term >= $1 and t.term < $2), 1 union all \
             select (select min(t.term) from user_terms t where t.term > f.term and t.term < $2), f.number + 1 \
             from found f where f.term is not null and f.number <= $3) \
             select f.term from found f where f.term is not null"
        ))
        .bind(begin)
        .bind(end)
        .bind(SPELLINGS)
        .all()
        .await?;
    if i64::try_from(terms.len()).is_ok_and(|spellings| spellings > SPELLINGS) {
        return Ok(None);
    }
    let mut named = Stretch::new("from users u where ", AtHand::Row, Some(at));
    begins(&mut named.from, "u.display_name_key", word);
    let mut road = vec![named];
    for (term,) in terms {
        let mut stretch = Stretch::new("from (", AtHand::Name, Some(at));
        stretch.from.append(&found_by(word, &term)).push(") u where 1 = 1");
        road.push(stretch);
    }
    Ok(Some(road))
}

/// One stretch for each value: those of one value may stand together at the far end of the order.
fn within<V: Into<Value>>(column: &'static str, values: impl Iterator<Item = V>, met: usize) -> Road {
    values
        .map(|value| {
            let mut stretch = Stretch::new("from users u where ", AtHand::Row, Some(met));
            stretch.from.push(column).push(" = ").bind(value);
            stretch
        })
        .collect()
}

/// Most whom a first name finds are called so: they stand together in the order of names. Where few
/// others have the word, these few are added, and nobody else need be passed.
async fn shorten(conn: &mut Conn, conditions: &[Condition], roads: &mut [Road]) -> Result<()> {
    let mut words: Vec<(usize, &str)> = Vec::new();
    for (at, condition) in conditions.iter().enumerate() {
        if let Kind::Word(word) = &condition.kind {
            words.push((at, word));
        }
    }
    words.sort_by_key(|(_, word)| std::cmp::Reverse(word.len()));
    for (at, word) in words {
        let others = found_otherwise(word);
        if count(conn, &others, FEW + 1).await? > FEW {
            continue;
        }
        for road in roads {
            for stretch in &mut *road {
                stretch.met.push(at);
                stretch.from.push(" and ");
                begins(&mut stretch.from, "u.display_name_key", word);
            }
            let mut few = Stretch::new("from (", AtHand::Name, Some(at));
            few.from.append(&others).push(") u where 1 = 1");
            few.short = true;
            road.push(few);
        }
        break;
    }
    Ok(())
}

/// Counts a set, up to `most`.
pub(super) async fn count(conn: &mut Conn, set: &Sql, most: i64) -> Result<i64> {
    let mut sql = Sql::new("select count(*) from (select 1 from (");
    sql.append(set).push(") counted limit ").bind(most).push(") limited");
    let (rows,): (i64,) = sql.run(conn).one().await?;
    Ok(rows)
}

/// Those who meet the condition at this position, to be sorted.
fn whole(conditions: &[Condition], at: usize, order: Order<User>) -> Road {
    let condition = &conditions[at];
    let named = order.by_name() && matches!(condition.kind, Kind::Word(_));
    let mut stretch = Stretch::new("from (", if named { AtHand::Name } else { AtHand::Row }, Some(at));
    stretch.from.append(&condition.set);
    stretch.from.push(if named { ") u where 1 = 1" } else { ") d cross join users u where u.id = d.id" });
    vec![stretch]
}

/// The shortest road, as far as a few looks tell.
pub(super) async fn shortest(
    conn: &mut Conn,
    conditions: &[Condition],
    order: Order<User>,
    from: Option<&Cursor>,
    rows: i64,
) -> Result<Road> {
    let mut roads = all(conn, conditions, order).await?;
    let direct = |road: &Road| road.iter().all(|stretch| stretch.is_direct(conditions));
    if let Some(at) = roads.iter().position(direct) {
        return Ok(roads.swap_remove(at));
    }
    for (at, condition) in conditions.iter().enumerate() {
        if count(conn, &condition.set, FEW + 1).await? <= FEW {
            return Ok(whole(conditions, at, order));
        }
    }
    let mut best: Option<(i64, Road)> = None;
    for road in roads {
        let mut length = 0;
        for stretch in &road {
            length += stretch.length(conn, conditions, order, from, rows).await?;
        }
        if best.as_ref().is_none_or(|(shortest, _)| length < *shortest) {
            best = Some((length, road));
        }
    }
    let (mut length, mut road) = best.unwrap_or_default();
    for (at, condition) in conditions.iter().enumerate() {
        if length <= FEW {
            break;
        }
        // Each of them is looked up, which costs twice as much as to pass somebody.
        let most = length.min(FAR) / 2;
        let members = count(conn, &condition.set, most).await?;
        if members < most {
            (length, road) = (members * 2, whole(conditions, at, order));
        }
    }
    Ok(road)
}
