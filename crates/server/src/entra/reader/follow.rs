//! Reading a whole tenant again: only what changed is asked for, and everything is told from the
//! mirror of the tenant that is kept.
//!
//! Changes of groups name direct members only. Because the mirror has all groups, who is in a group
//! through others is found here. Some properties are not told as changes, and tokens live for a
//! week: at least every six days everything is read again.

use std::collections::{BTreeMap, HashMap, HashSet};

use keystead_directory::{
    Timestamp, Tx,
    entra::mirror::{self, Part},
    imports::{EntraOptions, EntraScope, StagedGroup},
};
use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;

use super::{Out, Piece, counts, person, person::GraphUser};
use crate::{
    app::App,
    entra::{
        Failure,
        graph::{Graph, Needs, Refusal, nonsense},
        groups,
        pages::Pages,
    },
};

/// Seconds after which everything is read again.
const WHOLE_EVERY: i64 = 6 * 24 * 3600;

type Row = Map<String, Value>;

/// Brings the mirror up to date and tells the chosen part of it; answers how many people are in no
/// group, where that was asked.
pub(super) async fn read(
    app: &App,
    graph: &Graph,
    tenant: Uuid,
    options: &EntraOptions,
    out: &Out,
) -> Result<Option<i64>, Failure> {
    for part in [Part::Users, Part::Groups] {
        bring_up_to_date(app, graph, tenant, part).await?;
    }
    tell(app, tenant, options, out).await
}

async fn bring_up_to_date(app: &App, graph: &Graph, tenant: Uuid, part: Part) -> Result<(), Failure> {
    let known = mirror::delta_link(&mut app.db.read().await?, tenant, part).await?;
    let now = Timestamp::now();
    if let Some((link, read_at)) = known
        && now.seconds_since(read_at) < WHOLE_EVERY
        && let Some(link) = Url::parse(&link).ok().filter(|link| graph.is_ours(link))
    {
        match walk(app, graph, tenant, part, link, None).await {
            Err(Refusal::Resync) => tracing::info!(?part, "Microsoft Graph can't say what changed: all is read again"),
            other => return other.map_err(Failure::from),
        }
    }
    kept!(app, tx => mirror::begin(tx, tenant, part))?;
    let begin = match part {
        Part::Users => graph.url("users/delta", &[("$select", person::SELECT)]),
        Part::Groups => graph.url("groups/delta", &[("$select", "id,displayName,description,members")]),
    };
    walk(app, graph, tenant, part, begin, Some(now.0)).await.map_err(Failure::from)
}

/// Takes the pages from `begin` on into the mirror; `generation` for a read of everything.
async fn walk(
    app: &App,
    graph: &Graph,
    tenant: Uuid,
    part: Part,
    begin: Url,
    generation: Option<i64>,
) -> Result<(), Refusal> {
    let needs: Needs = if part == Part::Users { person::NEEDS } else { groups::NEEDS };
    let mut pages = Pages::new(graph, begin, needs);
    let marked = generation.unwrap_or(Timestamp::now().0);
    while let Some(rows) = pages.next::<Row>().await? {
        match part {
            Part::Users => take_people(app, tenant, &rows, generation.is_some(), marked).await?,
            Part::Groups => kept!(app, tx => take_groups(tx, tenant, &rows, marked))?,
        }
    }
    let link = pages.delta_link.take().ok_or_else(nonsense)?;
    kept!(app, tx => mirror::end(tx, tenant, part, &link, generation))?;
    Ok(())
}

fn id_of(row: &Row) -> Option<Uuid> {
    row.get("id")?.as_str()?.parse().ok()
}

async fn take_people(app: &App, tenant: Uuid, rows: &[Row], whole: bool, generation: i64) -> Result<(), Failure> {
    let mut people: BTreeMap<Uuid, Row> = BTreeMap::new();
    let mut gone = Vec::new();
    for row in rows {
        let id = id_of(row).ok_or_else(nonsense)?;
        if row.contains_key("@removed") {
            people.remove(&id);
            gone.push(id);
            continue;
        }
        gone.retain(|other| *other != id);
        people.entry(id).or_default().extend(row.clone());
    }
    if !whole {
        // A change may name only what changed.
        let mut conn = app.db.read().await?;
        for (id, row) in &mut people {
            if let Some(known) = mirror::user(&mut conn, tenant, *id).await? {
                let mut known: Row = serde_json::from_str(&known).unwrap_or_default();
                known.append(row);
                *row = known;
            }
        }
    }
    let mut texts = Vec::with_capacity(people.len());
    for (id, row) in people {
        let person: GraphUser = serde_json::from_value(Value::Object(row)).map_err(|_| nonsense())?;
        person::readable(std::slice::from_ref(&person))?;
        texts.push((id, serde_json::to_string(&person).unwrap_or_default()));
    }
    kept!(app, tx => keep_people(tx, tenant, &texts, &gone, generation))
}

async fn keep_people(
    tx: &mut Tx,
    tenant: Uuid,
    people: &[(Uuid, String)],
    gone: &[Uuid],
    generation: i64,
) -> keystead_directory::Result<()> {
    mirror::put_users(tx, tenant, people, generation).await?;
    for id in gone {
        mirror::remove_user(tx, tenant, *id).await?;
    }
    Ok(())
}

async fn take_groups(tx: &mut Tx, tenant: Uuid, rows: &[Row], generation: i64) -> keystead_directory::Result<()> {
    for row in rows {
        let Some(id) = id_of(row) else { continue };
        if row.contains_key("@removed") {
            mirror::remove_group(tx, tenant, id).await?;
            continue;
        }
        let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
        let description = row.contains_key("description").then(|| text("description"));
        mirror::put_group(tx, tenant, id, text("displayName"), description, generation).await?;
        let mut inside: Vec<Uuid> = Vec::new();
        for member in row.get("members@delta").and_then(Value::as_array).into_iter().flatten() {
            let Some(member_id) = member.as_object().and_then(id_of) else { continue };
            if member.get("@removed").is_some() {
                mirror::remove_member(tx, tenant, id, member_id).await?;
                inside.retain(|other| *other != member_id);
            } else if !inside.contains(&member_id) {
                inside.push(member_id);
            }
        }
        mirror::put_members(tx, tenant, id, &inside, generation).await?;
    }
    Ok(())
}

/// Who is in which group, directly.
struct Tree {
    groups: Vec<StagedGroup>,
    place: HashMap<Uuid, usize>,
    members: Vec<Vec<Uuid>>,
}

impl Tree {
    async fn load(app: &App, tenant: Uuid) -> Result<Self, Failure> {
        let mut conn = app.db.read().await?;
        let mut tree = Self { groups: Vec::new(), place: HashMap::new(), members: Vec::new() };
        let mut after = Uuid::nil();
        loop {
            let page = mirror::groups_after(&mut conn, tenant, after).await?;
            let Some((last, ..)) = page.last() else { break };
            after = *last;
            for (id, name, description) in page {
                tree.place.insert(id, tree.groups.len());
                let name = if name.trim().is_empty() { id.to_string() } else { name };
                tree.groups.push(StagedGroup { object_id: id, name, description, complete: true });
            }
        }
        tree.members = vec![Vec::new(); tree.groups.len()];
        let mut after = (Uuid::nil(), Uuid::nil());
        loop {
            let page = mirror::members_after(&mut conn, tenant, after).await?;
            let Some(last) = page.last() else { break };
            after = *last;
            for (group, member) in page {
                if let Some(place) = tree.place.get(&group) {
                    tree.members[*place].push(member);
                }
            }
        }
        Ok(tree)
    }

    /// Everybody in a group, directly or through others; a circle of groups ends.
    fn people(&self, group: usize, known: &HashSet<Uuid>) -> HashSet<Uuid> {
        let (mut people, mut seen, mut open) = (HashSet::new(), HashSet::from([group]), vec![group]);
        while let Some(next) = open.pop() {
            for member in &self.members[next] {
                if let Some(inner) = self.place.get(member) {
                    if seen.insert(*inner) {
                        open.push(*inner);
                    }
                } else if known.contains(member) {
                    people.insert(*member);
                }
            }
        }
        people
    }
}

async fn tell(app: &App, tenant: Uuid, options: &EntraOptions, out: &Out) -> Result<Option<i64>, Failure> {
    let tree = Tree::load(app, tenant).await?;
    let mut known = HashSet::new();
    let mut after = Uuid::nil();
    loop {
        let page = mirror::users_after(&mut app.db.read().await?, tenant, after).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        known.extend(page.iter().map(|(id, _)| *id));
    }
    let mut in_groups = HashSet::new();
    if options.take_groups {
        out.send(Piece::Groups(tree.groups.clone())).await?;
    }
    for (place, group) in tree.groups.iter().enumerate() {
        let people = tree.people(place, &known);
        in_groups.extend(people.iter().copied());
        if options.take_groups {
            out.send(Piece::Members(group.object_id, people.into_iter().collect())).await?;
        }
    }
    let only_grouped = options.scope == EntraScope::AllGroups && !options.include_ungrouped;
    let (mut ungrouped, mut after) = (0, Uuid::nil());
    loop {
        let page = mirror::users_after(&mut app.db.read().await?, tenant, after).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        let mut people = Vec::with_capacity(page.len());
        for (_, text) in page {
            let person: GraphUser = serde_json::from_str(&text).map_err(|_| nonsense())?;
            let outside = !in_groups.contains(&person.id);
            ungrouped += i64::from(outside && counts(&person, options));
            if !(outside && only_grouped) {
                people.push(person);
            }
        }
        out.send(Piece::People(people)).await?;
    }
    Ok((options.scope == EntraScope::AllGroups).then_some(ungrouped))
}
