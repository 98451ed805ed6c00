//! Requests for groups. Who is in them is read and changed by rows: no request loads a large group.

use axum::body::{Body, Bytes};
use http::StatusCode;
use keystead_directory::{
    Conn, Db, Error, Timestamp, Tx,
    ids::{GroupId, UserId},
    scim::groups::{self, GroupFields, ScimGroup},
};
use keystead_scim::{
    Filter, Patch, Unknown,
    list::{ListQuery, ListResponse},
    patch::MembershipChange,
    projection::Projection,
    resource,
    schema::GROUP_URN,
};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::{
    Call, Content, Reply,
    condition::{self, Table},
    kinds::{self, GROUP},
    mapping,
    refusal::{self, Refusal},
    search,
};

/// Members that are read at once; a group of more is streamed.
const AT_ONCE: u32 = 1000;
/// The most members in one list of groups: beyond them, clients ask for less.
const MOST_LISTED: usize = 20_000;

fn id(text: &str) -> Result<GroupId, Refusal> {
    condition::id(text).map(GroupId).ok_or_else(|| refusal::no_such("group"))
}

fn location(base: &str, id: GroupId) -> String {
    format!("{base}/Groups/{id}")
}

/// What a client said of a group, as a resource.
fn said(group: &ScimGroup) -> Map<String, Value> {
    let mut resource = Map::new();
    resource.insert("schemas".to_owned(), json!([GROUP_URN]));
    resource.insert("displayName".to_owned(), group.name.clone().into());
    for (name, text) in [("externalId", &group.external_id), ("description", &group.description)] {
        if let Some(text) = text {
            resource.insert(name.to_owned(), text.clone().into());
        }
    }
    resource
}

/// A group without its members.
fn without_members(group: &ScimGroup, base: &str) -> Map<String, Value> {
    let mut resource = said(group);
    resource.insert("id".to_owned(), group.id.to_string().into());
    resource.insert(
        "meta".to_owned(),
        json!({
            "resourceType": "Group",
            "created": group.created_at.to_string(),
            "lastModified": group.updated_at.to_string(),
            "location": location(base, group.id),
            "version": mapping::tag(group.version),
        }),
    );
    resource
}

fn member(id: UserId, base: &str) -> Value {
    json!({ "value": id, "$ref": mapping::location(base, id), "type": "User" })
}

/// Groups as they are answered, with their members where those are asked for.
///
/// # Errors
/// `tooMany` for more members than one answer has.
pub async fn shown(
    conn: &mut Conn,
    found: &[ScimGroup],
    projection: &Projection<'_>,
    base: &str,
) -> Result<Vec<Value>, Refusal> {
    let mut left = MOST_LISTED;
    let mut resources = Vec::with_capacity(found.len());
    for group in found {
        let mut resource = without_members(group, base);
        if projection.returns("members") {
            let count = u32::try_from(left + 1).unwrap_or(u32::MAX);
            let members = groups::members(conn, group.id, None, count).await?;
            left = left.checked_sub(members.len()).ok_or_else(|| {
                keystead_scim::Error::too_many(
                    "These groups have too many members for one answer. Ask with excludedAttributes=members, or for \
                     fewer groups.",
                )
            })?;
            if !members.is_empty() {
                resource.insert("members".to_owned(), members.iter().map(|one| member(*one, base)).collect());
            }
        }
        projection.apply(&mut resource);
        resources.push(Value::Object(resource));
    }
    Ok(resources)
}

/// `GET /Groups/{id}`.
///
/// # Errors
/// 404.
pub async fn get(call: &Call<'_>, id_text: &str) -> Result<Reply, Refusal> {
    let projection = call.list_query(&GROUP)?.projection;
    let id = id(id_text)?;
    let mut conn = call.app.db.read().await?;
    let group = groups::get(&mut conn, id).await?;
    call.trace.note(|touched| touched.group = Some(id));
    reply(call, &mut conn, &group, &projection).await
}

/// One group as an answer.
async fn reply(
    call: &Call<'_>,
    conn: &mut Conn,
    group: &ScimGroup,
    projection: &Projection<'_>,
) -> Result<Reply, Refusal> {
    let base = kinds::base_url(call.app);
    let (address, tag) = (location(&base, group.id), mapping::tag(group.version));
    let mut resource = without_members(group, &base);
    let mut members = Vec::new();
    if projection.returns("members") {
        members = groups::members(conn, group.id, None, AT_ONCE).await?;
        if !members.is_empty() {
            resource.insert("members".to_owned(), members.iter().map(|one| member(*one, &base)).collect());
        }
    }
    projection.apply(&mut resource);
    let reply = Reply::resource(call, Value::Null, address, tag);
    let body = match reply.body {
        Content::Message(_) if members.len() == AT_ONCE as usize => {
            stream(call.app.db.clone(), group.id, resource, members.last().copied(), projection, base)
        }
        Content::Message(_) => Content::Message(resource.into()),
        other => other,
    };
    Ok(Reply { body, ..reply })
}

/// A large group: its first members are in the resource, the others follow page by page while the client reads.
fn stream(
    db: Db,
    id: GroupId,
    mut resource: Map<String, Value>,
    after: Option<UserId>,
    projection: &Projection<'_>,
    base: String,
) -> Content {
    let first = match resource.remove("members") {
        Some(Value::Array(first)) => first,
        _ => Vec::new(),
    };
    // Which parts of a member are asked for shows in the first ones.
    let parts: Vec<&str> =
        ["value", "$ref", "type"].into_iter().filter(|part| projection.returns(&format!("members.{part}"))).collect();
    // The object without its closing brace: `schemas` and `id` are always in it.
    let mut head = Value::Object(resource).to_string();
    head.pop();
    head.push_str(",\"members\":[");
    head.push_str(&joined(&first));
    let (sender, mut receiver) = mpsc::channel::<std::io::Result<Bytes>>(4);
    let parts: Vec<String> = parts.into_iter().map(str::to_owned).collect();
    tokio::spawn(async move {
        let mut piece = Ok(Bytes::from(head));
        let mut after = after;
        loop {
            let broken = piece.is_err();
            if sender.send(piece).await.is_err() || broken {
                return;
            }
            let Some(last) = after else { break };
            let page = async { groups::members(&mut db.read().await?, id, Some(last), AT_ONCE).await };
            piece = match page.await {
                Ok(page) => {
                    after = page.last().filter(|_| page.len() == AT_ONCE as usize).copied();
                    let values: Vec<Value> = page
                        .iter()
                        .map(|one| {
                            let mut value = member(*one, &base);
                            if let Value::Object(value) = &mut value {
                                value.retain(|name, _| parts.iter().any(|part| part == name));
                            }
                            value
                        })
                        .collect();
                    let comma = if values.is_empty() { "" } else { "," };
                    Ok(Bytes::from(format!("{comma}{}", joined(&values))))
                }
                // The answer breaks off instead of looking complete.
                Err(error) => Err(std::io::Error::other(error)),
            };
        }
        let _ = sender.send(Ok(Bytes::from_static(b"]}"))).await;
    });
    Content::Stream(Body::from_stream(futures_util::stream::poll_fn(move |context| receiver.poll_recv(context))))
}

fn joined(values: &[Value]) -> String {
    values.iter().map(Value::to_string).collect::<Vec<_>>().join(",")
}

/// `GET /Groups` and `POST /Groups/.search`.
///
/// # Errors
/// 400 for what can't be asked for.
pub async fn list(call: &Call<'_>, query: &ListQuery<'_>) -> Result<Reply, Refusal> {
    let base = kinds::base_url(call.app);
    let mut conn = call.app.db.read().await?;
    let (request, place) = search::request(query, Table::Groups, conn.dialect())?;
    let mut found = if request.count == 0 { Vec::new() } else { groups::list(&mut conn, &request).await? };
    let more = place.cut(&mut found);
    let total = match place.total(found.len(), more) {
        Some(total) => Some(total),
        None if place.counts() => Some(groups::count(&mut conn, &request).await?),
        None => None,
    };
    match found.as_slice() {
        [] => call.trace.note(|touched| touched.probe = query.filter.is_some()),
        [one] => call.trace.note(|touched| touched.group = Some(one.id)),
        _ => {}
    }
    let next_cursor = place.next(more, found.last().map(|group| group.id.0));
    let resources = shown(&mut conn, &found, &query.projection, &base).await?;
    let start_index = place.start_index();
    let response = ListResponse { total_results: total, start_index, next_cursor, previous_cursor: None, resources };
    Ok(Reply::ok(response.into_value()))
}

/// What a client says of a group.
fn fields(resource: &Map<String, Value>) -> Result<GroupFields, keystead_scim::Error> {
    let text = |name: &str| resource.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = text("displayName").unwrap_or_default();
    mapping::check_name("displayName", &name)?;
    Ok(GroupFields { name, description: text("description"), external_id: mapping::external_id(resource)? })
}

/// Ids of people; what can't be one is nobody's.
fn people(ids: &[String]) -> Result<Vec<UserId>, Error> {
    ids.iter().map(|text| condition::id(text).map(UserId).ok_or_else(|| groups::unknown_member(text))).collect()
}

/// The members that a body names; none when it says nothing of members.
fn members_of(resource: &mut Map<String, Value>, body: &Value) -> Result<Option<Vec<UserId>>, Refusal> {
    let named = body.as_object().is_some_and(|body| body.keys().any(|name| name.eq_ignore_ascii_case("members")));
    let ids: Vec<String> = match resource.remove("members") {
        Some(Value::Array(members)) => {
            members.iter().map(|one| one["value"].as_str().unwrap_or_default().to_owned()).collect()
        }
        _ => Vec::new(),
    };
    let mut ids = people(&ids)?;
    ids.sort_unstable();
    ids.dedup();
    Ok((named || !ids.is_empty()).then_some(ids))
}

/// `POST /Groups`.
///
/// # Errors
/// 409 when another group has both the name and the external id.
pub async fn create(call: &Call<'_>) -> Result<Reply, Refusal> {
    let projection = call.list_query(&GROUP)?.projection;
    let mut resource = resource::read(&call.body, &GROUP, Unknown::Ignore)?;
    let members = members_of(&mut resource, &call.body)?.unwrap_or_default();
    let fields = fields(&resource)?;
    let mut tx = call.app.db.write(Timestamp::now()).await?;
    call.trace.note(|touched| touched.subject = Some(fields.name.clone()));
    let group = groups::create(&mut tx, call.actor, fields).await?;
    touched(call, &group);
    groups::add(&mut tx, call.actor, &group, &members).await?;
    tx.commit().await?;
    answer(call, &group, &projection, StatusCode::CREATED).await
}

/// Notes the group for the log, with its name: it may be gone when that is written.
fn touched(call: &Call<'_>, group: &ScimGroup) {
    call.trace.note(|touched| (touched.group, touched.subject) = (Some(group.id), Some(group.name.clone())));
}

/// The group as it was written, read after the commit.
async fn answer(
    call: &Call<'_>,
    group: &ScimGroup,
    projection: &Projection<'_>,
    status: StatusCode,
) -> Result<Reply, Refusal> {
    let mut conn = call.app.db.read().await?;
    let call = Call { body: Value::Null, if_none_match: None, ..*call };
    Ok(Reply { status, ..reply(&call, &mut conn, group, projection).await? })
}

/// `PUT /Groups/{id}`. A body without `members` says nothing of them; an empty list empties the group.
///
/// # Errors
/// As [`patch`].
pub async fn replace(call: &Call<'_>, id_text: &str) -> Result<Reply, Refusal> {
    let projection = call.list_query(&GROUP)?.projection;
    let id = id(id_text)?;
    let mut resource = resource::read(&call.body, &GROUP, Unknown::Ignore)?;
    let members = members_of(&mut resource, &call.body)?;
    let fields = fields(&resource)?;
    let mut tx = call.app.db.write(Timestamp::now()).await?;
    let group = groups::get_for_change(&mut tx, id).await?;
    touched(call, &group);
    call.check_version(&mapping::tag(group.version))?;
    let renamed = fields != group.fields();
    let group = if renamed { groups::update(&mut tx, call.actor, &group, fields).await? } else { group };
    let changed = match members {
        Some(members) => groups::replace(&mut tx, call.actor, &group, &members).await?,
        None => 0,
    };
    let group = finish(&mut tx, group, renamed, changed).await?;
    tx.commit().await?;
    answer(call, &group, &projection, StatusCode::OK).await
}

/// Gives the group another version if only its members changed.
async fn finish(tx: &mut Tx, group: ScimGroup, renamed: bool, changed: u64) -> Result<ScimGroup, Error> {
    if renamed || changed == 0 {
        return Ok(group);
    }
    groups::touch(tx, group.id).await?;
    groups::get(tx, group.id).await
}

/// `PATCH /Groups/{id}`: answered without the group, whose members would have to be read for it.
///
/// # Errors
/// 403 for a group that grants a role, 404, 409, 412; 400 for members whom SCIM did not provision.
pub async fn patch(call: &Call<'_>, id_text: &str) -> Result<Reply, Refusal> {
    let id = id(id_text)?;
    let (changes, rest) = Patch::parse(&call.body, &GROUP, Unknown::Ignore)?.split_members("members")?;
    let mut tx = call.app.db.write(Timestamp::now()).await?;
    let group = groups::get_for_change(&mut tx, id).await?;
    touched(call, &group);
    call.check_version(&mapping::tag(group.version))?;
    let fields = if rest.is_empty() { group.fields() } else { fields(&rest.apply(&said(&group))?)? };
    let renamed = fields != group.fields();
    let group = if renamed { groups::update(&mut tx, call.actor, &group, fields).await? } else { group };
    let mut changed = 0;
    for change in changes {
        changed += apply(&mut tx, call, &group, change).await?;
    }
    let group = finish(&mut tx, group, renamed, changed).await?;
    tx.commit().await?;
    Ok(Reply { version: Some(mapping::tag(group.version)), ..Reply::nothing() })
}

async fn apply(tx: &mut Tx, call: &Call<'_>, group: &ScimGroup, change: MembershipChange<'_>) -> Result<u64, Refusal> {
    let actor = call.actor;
    Ok(match change {
        MembershipChange::Add(ids) => groups::add(tx, actor, group, &people(&ids)?).await?,
        MembershipChange::Remove(ids) => {
            let ids: Vec<UserId> = ids.iter().filter_map(|text| condition::id(text).map(UserId)).collect();
            groups::remove(tx, actor, group, &ids).await?
        }
        MembershipChange::ReplaceAll(ids) => groups::replace(tx, actor, group, &people(&ids)?).await?,
        MembershipChange::RemoveAll => groups::replace(tx, actor, group, &[]).await?,
        MembershipChange::RemoveMatching(filter) => {
            let ids = matching(tx, group.id, &filter, &kinds::base_url(call.app)).await?;
            groups::remove(tx, actor, group, &ids).await?
        }
    })
}

/// Whom a filter chooses among the members.
async fn matching(conn: &mut Conn, id: GroupId, filter: &Filter<'_>, base: &str) -> Result<Vec<UserId>, Error> {
    let mut chosen = Vec::new();
    let mut after = None;
    loop {
        let page = groups::members(conn, id, after, AT_ONCE).await?;
        chosen.extend(page.iter().filter(|one| filter.matches_element(&member(**one, base))).copied());
        match page.last() {
            Some(last) if page.len() == AT_ONCE as usize => after = Some(*last),
            _ => return Ok(chosen),
        }
    }
}

/// `DELETE /Groups/{id}`; its members stay.
///
/// # Errors
/// 403 for a group that grants a role, 404, 412.
pub async fn delete(call: &Call<'_>, id_text: &str) -> Result<Reply, Refusal> {
    let id = id(id_text)?;
    let mut tx = call.app.db.write(Timestamp::now()).await?;
    let group = groups::get_for_change(&mut tx, id).await?;
    touched(call, &group);
    call.check_version(&mapping::tag(group.version))?;
    groups::delete(&mut tx, call.actor, &group).await?;
    tx.commit().await?;
    Ok(Reply::nothing())
}
