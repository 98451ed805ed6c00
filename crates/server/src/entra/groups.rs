//! The groups of a tenant, for people to choose from.

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Failure,
    graph::{Graph, Needs, Refusal},
    login::PERMISSIONS,
};
use crate::app::App;

/// What kind of group it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum EntraGroupType {
    /// A security group.
    Security,
    /// A Microsoft 365 group.
    Microsoft365,
    /// One whose members follow a rule.
    Dynamic,
    /// A distribution list.
    Distribution,
    /// A security group with an address.
    MailSecurity,
}

/// A group to choose.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EntraGroup {
    /// Its object id.
    pub id: Uuid,
    /// Its name; several groups may share one.
    pub name: String,
    /// What kind it is.
    pub r#type: EntraGroupType,
    /// How many people are in it, directly or through other groups; none where Microsoft did not say.
    pub member_count: Option<i64>,
}

/// A group as Graph describes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GraphGroup {
    /// Its object id.
    pub id: Uuid,
    /// Its name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    group_types: Vec<String>,
    #[serde(default)]
    mail_enabled: Option<bool>,
    #[serde(default)]
    security_enabled: Option<bool>,
}

/// What is asked for of a group.
pub const SELECT: &str = "id,displayName,description,groupTypes,securityEnabled,mailEnabled";
/// Reading groups and their members.
pub const NEEDS: Needs = Needs { permission: PERMISSIONS[1], eventual: false };
/// The same, by Graph's index.
pub const INDEXED: Needs = Needs { permission: PERMISSIONS[1], eventual: true };

impl GraphGroup {
    fn kind(&self) -> EntraGroupType {
        let is = |name: &str| self.group_types.iter().any(|kind| kind == name);
        match (self.mail_enabled.unwrap_or_default(), self.security_enabled.unwrap_or_default()) {
            _ if is("DynamicMembership") => EntraGroupType::Dynamic,
            _ if is("Unified") => EntraGroupType::Microsoft365,
            (true, true) => EntraGroupType::MailSecurity,
            (true, false) => EntraGroupType::Distribution,
            (false, _) => EntraGroupType::Security,
        }
    }

    /// Its name, or its id when it has none.
    pub fn name(&self) -> String {
        self.display_name.clone().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| self.id.to_string())
    }
}

#[derive(Deserialize)]
struct Listed {
    value: Vec<GraphGroup>,
}

/// The first `limit` groups with a word in their name or description that begins as `q` does, or the one
/// with this id; with how many people are in each.
///
/// # Errors
/// What Microsoft refused and what to do.
pub async fn search(app: &App, q: &str, limit: u32) -> Result<Vec<EntraGroup>, Failure> {
    let graph = Graph::open(app).await?;
    graph.tenant()?;
    let found = if let Ok(id) = q.trim().parse::<Uuid>() {
        match graph.get::<GraphGroup>(&graph.url(&format!("groups/{id}"), &[("$select", SELECT)]), NEEDS).await {
            Ok(group) => vec![group],
            Err(Refusal::NotFound) => Vec::new(),
            Err(other) => return Err(other.into()),
        }
    } else {
        let top = limit.to_string();
        // Quotes and backslashes would end the phrase; they are in no word of the index.
        let words: String = q.chars().map(|c| if c == '"' || c == '\\' || c.is_control() { ' ' } else { c }).collect();
        let phrase = format!("\"displayName:{}\"", words.trim());
        let mut query =
            vec![("$select", SELECT), ("$top", top.as_str()), ("$orderby", "displayName"), ("$count", "true")];
        if !words.trim().is_empty() {
            query.push(("$search", phrase.as_str()));
        }
        graph.get::<Listed>(&graph.url("groups", &query), INDEXED).await.map_err(Failure::from)?.value
    };
    counted(graph, found).await
}

async fn counted(graph: Graph, found: Vec<GraphGroup>) -> Result<Vec<EntraGroup>, Failure> {
    let graph = std::sync::Arc::new(graph);
    let mut counting = JoinSet::new();
    for (at, group) in found.iter().enumerate() {
        let (graph, id) = (graph.clone(), group.id);
        counting.spawn(async move {
            let url = graph.url(&format!("groups/{id}/transitiveMembers/microsoft.graph.user/$count"), &[]);
            (at, graph.count(&url, INDEXED).await.ok())
        });
    }
    let mut groups: Vec<EntraGroup> = found
        .iter()
        .map(|group| EntraGroup { id: group.id, name: group.name(), r#type: group.kind(), member_count: None })
        .collect();
    while let Some(Ok((at, count))) = counting.join_next().await {
        groups[at].member_count = count;
    }
    Ok(groups)
}
