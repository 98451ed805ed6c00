//! Requests for people.

use std::collections::HashMap;

use http::StatusCode;
use keystead_directory::{
    Conn, Error, Timestamp,
    alerts::{self, AlertKind, NewAlert},
    ids::UserId,
    scim::users::{self, Created, ScimUser},
};
use keystead_scim::{
    Patch, Unknown,
    list::{ListQuery, ListResponse},
    projection::Projection,
    resource,
};
use serde_json::{Map, Value, json};

use super::{
    Call, Reply,
    condition::{self, Table},
    kinds::{self, USER},
    mapping,
    refusal::{self, Refusal},
    search,
};

fn id(text: &str) -> Result<UserId, Refusal> {
    condition::id(text).map(UserId).ok_or_else(|| refusal::no_such("person"))
}

/// `GET /Users/{id}`.
///
/// # Errors
/// 404.
pub async fn get(call: &Call<'_>, id_text: &str) -> Result<Reply, Refusal> {
    let projection = call.list_query(&USER)?.projection;
    let mut conn = call.app.db.read().await?;
    let user = users::get(&mut conn, id(id_text)?).await?;
    call.trace.note(|touched| touched.user = Some(user.id));
    reply(call, &mut conn, &user, &projection).await
}

/// One person as an answer.
async fn reply(
    call: &Call<'_>,
    conn: &mut Conn,
    user: &ScimUser,
    projection: &Projection<'_>,
) -> Result<Reply, Refusal> {
    let base = kinds::base_url(call.app);
    let shown = shown(conn, std::slice::from_ref(user), projection, &base).await?.pop().unwrap_or_default();
    Ok(Reply::resource(call, shown, mapping::location(&base, user.id), mapping::tag(user.version)))
}

/// People as they are answered.
///
/// # Errors
/// Those of the database.
pub async fn shown(
    conn: &mut Conn,
    people: &[ScimUser],
    projection: &Projection<'_>,
    base: &str,
) -> Result<Vec<Value>, Error> {
    let mut groups: HashMap<UserId, Vec<Value>> = HashMap::new();
    if projection.returns("groups") {
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        for (user, group, name) in users::groups_of(conn, &ids).await? {
            let reference = format!("{base}/Groups/{group}");
            let group = json!({ "value": group, "$ref": reference, "display": name, "type": "direct" });
            groups.entry(user).or_default().push(group);
        }
    }
    let shown = people.iter().map(|user| {
        let mut resource = mapping::resource(user, base);
        if let Some(groups) = groups.remove(&user.id) {
            resource.insert("groups".to_owned(), groups.into());
        }
        projection.apply(&mut resource);
        Value::Object(resource)
    });
    Ok(shown.collect())
}

/// `GET /Users` and `POST /Users/.search`.
///
/// # Errors
/// 400 for what can't be asked for.
pub async fn list(call: &Call<'_>, query: &ListQuery<'_>) -> Result<Reply, Refusal> {
    let base = kinds::base_url(call.app);
    let mut conn = call.app.db.read().await?;
    let (request, place) = search::request(query, Table::Users, conn.dialect())?;
    let mut found = if request.count == 0 { Vec::new() } else { users::list(&mut conn, &request).await? };
    let more = place.cut(&mut found);
    let total = match place.total(found.len(), more) {
        Some(total) => Some(total),
        None if place.counts() => Some(users::count(&mut conn, &request).await?),
        None => None,
    };
    match found.as_slice() {
        [] => call.trace.note(|touched| touched.probe = query.filter.is_some()),
        [one] => call.trace.note(|touched| touched.user = Some(one.id)),
        _ => {}
    }
    let next_cursor = place.next(more, found.last().map(|user| user.id.0));
    let resources = shown(&mut conn, &found, &query.projection, &base).await?;
    let start_index = place.start_index();
    let response = ListResponse { total_results: total, start_index, next_cursor, previous_cursor: None, resources };
    Ok(Reply::ok(response.into_value()))
}

/// `POST /Users`.
///
/// # Errors
/// 409 when somebody has the user name, or somebody who is not SCIM's has the address.
pub async fn create(call: &Call<'_>) -> Result<Reply, Refusal> {
    let projection = call.list_query(&USER)?.projection;
    let mut resource = resource::read(&call.body, &USER, Unknown::Ignore)?;
    resource.entry("active").or_insert(Value::Bool(true));
    let (new, record) = (mapping::person(&resource)?, mapping::record(&resource)?);
    let active = mapping::active(&resource).unwrap_or(true);
    call.trace.note(|touched| touched.subject.clone_from(&new.display_name));
    let mut tx = call.app.db.write(Timestamp::now()).await?;
    let created = users::create(&mut tx, call.actor, new, active, record).await?;
    let user = match created {
        Created::Added(user) => user,
        Created::Refused(why) => {
            tx.commit().await?;
            return Err(keystead_scim::Error::uniqueness(why).into());
        }
    };
    call.trace.note(|touched| touched.user = Some(user.id));
    let reply = reply(&no_condition(call), &mut tx, &user, &projection).await?;
    tx.commit().await?;
    Ok(Reply { status: StatusCode::CREATED, ..reply })
}

/// The same call for its answer: whoever writes gets to see what was written.
fn no_condition<'a>(call: &Call<'a>) -> Call<'a> {
    Call { body: Value::Null, if_none_match: None, ..*call }
}

/// `PUT /Users/{id}`.
///
/// # Errors
/// As [`patch`].
pub async fn replace(call: &Call<'_>, id_text: &str) -> Result<Reply, Refusal> {
    change(call, id_text, |before, active| {
        let mut after = resource::replace(&call.body, before, &USER, Unknown::Ignore)?;
        after.entry("active").or_insert_with(|| active.into());
        Ok(after)
    })
    .await
}

/// `PATCH /Users/{id}`.
///
/// # Errors
/// 403 for the last owner, 404, 409, 412.
pub async fn patch(call: &Call<'_>, id_text: &str) -> Result<Reply, Refusal> {
    let patch = Patch::parse(&call.body, &USER, Unknown::Ignore)?;
    change(call, id_text, |before, _| patch.apply(before)).await
}

async fn change(
    call: &Call<'_>,
    id_text: &str,
    edit: impl Fn(&Map<String, Value>, bool) -> Result<Map<String, Value>, keystead_scim::Error>,
) -> Result<Reply, Refusal> {
    let projection = call.list_query(&USER)?.projection;
    let id = id(id_text)?;
    let mut tx = call.app.db.write(Timestamp::now()).await?;
    let user = users::get_for_change(&mut tx, id).await?;
    call.trace.note(|touched| touched.user = Some(id));
    call.check_version(&mapping::tag(user.version))?;
    let before = mapping::kept(&user);
    let after = edit(&before, user.active)?;
    // Who doesn't say whether a person may sign in does not let a leaver in again.
    let active = mapping::active(&after).unwrap_or(user.active);
    let user = if after == before {
        user
    } else {
        let (change, record) = (mapping::change(&after)?, mapping::record(&after)?);
        let updated = users::update(&mut tx, call.actor, id, change, active, record).await;
        match updated {
            Err(Error::LastOwner) => {
                drop(tx);
                return Err(last_owner(call, id).await);
            }
            updated => updated?,
        }
    };
    let reply = reply(&no_condition(call), &mut tx, &user, &projection).await?;
    tx.commit().await?;
    Ok(reply)
}

/// `DELETE /Users/{id}`.
///
/// # Errors
/// 403 for the last owner, 404, 412.
pub async fn delete(call: &Call<'_>, id_text: &str) -> Result<Reply, Refusal> {
    let id = id(id_text)?;
    let mut tx = call.app.db.write(Timestamp::now()).await?;
    let user = users::get_for_change(&mut tx, id).await?;
    let name = mapping::kept(&user).get("displayName").and_then(Value::as_str).map(str::to_owned);
    call.trace.note(|touched| (touched.user, touched.subject) = (Some(id), name));
    call.check_version(&mapping::tag(user.version))?;
    match keystead_directory::users::delete(&mut tx, call.actor, id, None).await {
        Err(Error::LastOwner) => {
            drop(tx);
            return Err(last_owner(call, id).await);
        }
        deleted => deleted?,
    }
    tx.commit().await?;
    Ok(Reply::nothing())
}

/// The refusal to take the last owner away, of which administrators hear.
async fn last_owner(call: &Call<'_>, id: UserId) -> Refusal {
    let raised = async {
        let mut tx = call.app.db.write(Timestamp::now()).await?;
        let alert = NewAlert {
            kind: AlertKind::ScimLastOwner,
            title: "SCIM wanted to disable or delete the last owner".to_owned(),
            detail: "It was refused. If this person left, make someone else an owner; the next cycle of provisioning \
                     then takes effect."
                .to_owned(),
            user_id: Some(id),
        };
        alerts::raise_once(&mut tx, alert).await?;
        tx.commit().await
    };
    match raised.await {
        Ok(()) => Error::LastOwner.into(),
        Err(error) => error.into(),
    }
}
