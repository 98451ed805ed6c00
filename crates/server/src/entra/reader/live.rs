//! Reading from Graph what there is now.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use keystead_directory::imports::{EntraOptions, EntraScope, StagedGroup};
use serde::Deserialize;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Out, Piece, counts, person, person::GraphUser};
use crate::entra::{
    Failure,
    graph::{Graph, Needs, Refusal},
    groups::{self, GraphGroup},
    pages::Pages,
};

/// Rows of a page; Graph's most.
const PAGE: &str = "999";
/// Groups whose members are read at once; the throttle sees to the requests.
const AT_ONCE: usize = 4;

/// Only who it is.
#[derive(Deserialize)]
struct Id {
    id: Uuid,
}

/// Reads the chosen part of the tenant; answers how many people are in no group, where that was asked.
pub(super) async fn read(graph: &Arc<Graph>, options: &EntraOptions, out: &Out) -> Result<Option<i64>, Failure> {
    if options.scope == EntraScope::Groups {
        chosen_groups(graph, options, out).await?;
        return Ok(None);
    }
    let in_groups = if options.scope == EntraScope::AllGroups || options.take_groups {
        all_groups(graph, options.take_groups, out).await?
    } else {
        HashSet::new()
    };
    let only_grouped = options.scope == EntraScope::AllGroups && !options.include_ungrouped;
    let mut ungrouped = 0;
    let mut pages =
        Pages::new(graph, graph.url("users", &[("$select", person::SELECT), ("$top", PAGE)]), person::NEEDS);
    // A page that has expired brings everyone again.
    let mut counted = HashSet::new();
    while let Some(mut people) = pages.next::<GraphUser>().await? {
        person::readable(&people)?;
        people.retain(|one| {
            let outside = !in_groups.contains(&one.id);
            if outside && counts(one, options) && counted.insert(one.id) {
                ungrouped += 1;
            }
            !(outside && only_grouped)
        });
        out.send(Piece::People(people)).await?;
    }
    Ok((options.scope == EntraScope::AllGroups).then_some(ungrouped))
}

fn staged(group: &GraphGroup) -> StagedGroup {
    StagedGroup { object_id: group.id, name: group.name(), description: group.description.clone(), complete: true }
}

/// Does something for each item, for some at once; the first failure ends it.
async fn each<I, F>(items: impl IntoIterator<Item = I>, act: impl Fn(I) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let mut acting = JoinSet::new();
    for item in items {
        if acting.len() >= AT_ONCE
            && let Some(ended) = acting.join_next().await
        {
            ended.unwrap_or_else(|_| Err(super::super::graph::nonsense()))?;
        }
        acting.spawn(act(item));
    }
    while let Some(ended) = acting.join_next().await {
        ended.unwrap_or_else(|_| Err(super::super::graph::nonsense()))?;
    }
    Ok(())
}

/// Reads the groups that were chosen, with everybody in them.
async fn chosen_groups(graph: &Arc<Graph>, options: &EntraOptions, out: &Out) -> Result<(), Failure> {
    if options.group_ids.is_empty() {
        return Err(Failure::new("noGroups", "No groups were chosen. Choose some, or all groups."));
    }
    let take = options.take_groups;
    each(options.group_ids.iter().copied(), |id| {
        let (graph, out) = (graph.clone(), out.clone());
        async move {
            let gone = |refusal: Refusal| match refusal {
                Refusal::NotFound => Failure::new(
                    "groupGone",
                    format!(
                        "The group {id} is not in Entra ID any more. Nothing was changed. Choose the groups again."
                    ),
                ),
                other => other.into(),
            };
            if take {
                let url = graph.url(&format!("groups/{id}"), &[("$select", groups::SELECT)]);
                let group: GraphGroup = graph.get(&url, groups::NEEDS).await.map_err(gone)?;
                out.send(Piece::Groups(vec![staged(&group)])).await?;
            }
            let mut pages = Pages::new(&graph, members_url(&graph, id, person::SELECT), MEMBERS);
            while let Some(people) = pages.next::<GraphUser>().await.map_err(gone)? {
                person::readable(&people)?;
                if take {
                    out.send(Piece::Members(id, people.iter().map(|one| one.id).collect())).await?;
                }
                out.send(Piece::People(people)).await?;
            }
            Ok(())
        }
    })
    .await
}

/// Reading members by Graph's index.
const MEMBERS: Needs = groups::INDEXED;

fn members_url(graph: &Graph, id: Uuid, select: &str) -> url::Url {
    let path = format!("groups/{id}/transitiveMembers/microsoft.graph.user");
    graph.url(&path, &[("$select", select), ("$top", PAGE), ("$count", "true")])
}

/// Reads who is in which group of the tenant; answers everybody who is in one.
async fn all_groups(graph: &Arc<Graph>, take: bool, out: &Out) -> Result<HashSet<Uuid>, Failure> {
    let mut ids: Vec<Uuid> = Vec::new();
    let mut known: HashSet<Uuid> = HashSet::new();
    let mut pages =
        Pages::new(graph, graph.url("groups", &[("$select", groups::SELECT), ("$top", PAGE)]), groups::NEEDS);
    while let Some(mut page) = pages.next::<GraphGroup>().await? {
        page.retain(|group| known.insert(group.id));
        ids.extend(page.iter().map(|group| group.id));
        if take {
            out.send(Piece::Groups(page.iter().map(staged).collect())).await?;
        }
    }
    let people: Arc<Mutex<HashSet<Uuid>>> = Arc::default();
    each(ids, |id| {
        let (graph, out, people) = (graph.clone(), out.clone(), people.clone());
        async move {
            let mut pages = Pages::new(&graph, members_url(&graph, id, "id"), MEMBERS);
            loop {
                let members: Vec<Uuid> = match pages.next::<Id>().await {
                    Ok(Some(page)) => page.into_iter().map(|one| one.id).collect(),
                    // A group that was deleted while the others were read has no members.
                    Ok(None) | Err(Refusal::NotFound) => return Ok(()),
                    Err(other) => return Err(other.into()),
                };
                if let Ok(mut people) = people.lock() {
                    people.extend(&members);
                }
                if take {
                    out.send(Piece::Members(id, members)).await?;
                }
            }
        }
    })
    .await?;
    let people = std::mem::take(&mut *people.lock().map_err(|_| Failure::lost())?);
    Ok(people)
}
