//! People by the hundred: the same rules as for one, by one statement for all of them.

use serde_json::{Value, json};

use super::User;
use crate::{
    db::Tx,
    error::Result,
    ids::{GroupId, UserId},
    names, sql,
};

/// The ids as the JSON that statements read.
pub(crate) fn hexed(ids: &[UserId]) -> String {
    Value::from(ids.iter().map(|id| id.0.simple().to_string()).collect::<Vec<_>>()).to_string()
}

/// These people, with their rows locked until the use case ends; who is gone is left out.
pub(crate) async fn get_for_change(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<User>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(sql!(
        sqlite: "select u.* from json_each($1) j cross join users u on u.id = unhex(j.value)",
        postgres: "select u.* from users u where u.id in \
            (select value::uuid from jsonb_array_elements_text($1::jsonb) j(value)) order by u.id for update"
    ))
    .bind(hexed(ids))
    .all()
    .await
}

/// Everyone with one of these addresses or user names, both as [`names::key`] makes them.
pub(crate) async fn with_names(tx: &mut Tx, emails: &[&str], user_names: &[&str]) -> Result<Vec<User>> {
    if emails.is_empty() && user_names.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(sql!(
        sqlite: "select u.* from json_each($1) j cross join users u on u.email_key = j.value \
            union select u.* from json_each($2) j cross join users u on u.user_name_key = j.value",
        postgres: "select u.* from jsonb_array_elements_text($1::jsonb) j(value) join users u on u.email_key = j.value \
            union select u.* from jsonb_array_elements_text($2::jsonb) j(value) join users u on u.user_name_key = j.value"
    ))
    .bind(json!(emails).to_string())
    .bind(json!(user_names).to_string())
    .all()
    .await
}

/// The person's columns as the statements below read them.
fn row(user: &User) -> Value {
    json!([
        user.id.0.simple().to_string(),
        user.user_name,
        names::key(&user.user_name),
        user.email,
        names::key(&user.email),
        user.display_name,
        names::folded(&user.display_name),
        user.given_name,
        user.family_name,
        user.phone,
        user.title,
        user.department,
        user.preferred_language,
        user.external_id,
        user.origin,
        user.active,
        user.status,
    ])
}

/// Adds these people, whose fields were checked; returns those whose user name was free.
pub(crate) async fn insert(tx: &mut Tx, users: &[User]) -> Result<Vec<UserId>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let now = tx.now();
    let rows = Value::from(users.iter().map(row).collect::<Vec<_>>()).to_string();
    let inserted: Vec<(UserId,)> = tx
        .query(sql!(
            sqlite: "with rows (value) as materialized (select jsonb(value) from json_each($1)) \
                insert into users (id, user_name, user_name_key, email, email_key, display_name, display_name_key, \
                given_name, family_name, phone, title, department, preferred_language, external_id, origin, active, status, \
                created_at, updated_at, version) \
                select unhex(value->>0), value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, \
                value->>8, value->>9, value->>10, value->>11, value->>12, value->>13, value->>14, value->>15, value->>16, \
                $2, $2, 1 from rows where true on conflict (user_name_key) do nothing returning id",
            postgres: "insert into users (id, user_name, user_name_key, email, email_key, display_name, display_name_key, \
                given_name, family_name, phone, title, department, preferred_language, external_id, origin, active, status, \
                created_at, updated_at, version) \
                select (value->>0)::uuid, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, \
                value->>8, value->>9, value->>10, value->>11, value->>12, value->>13, value->>14, (value->>15)::boolean, \
                value->>16, $2, $2, 1 from jsonb_array_elements($1::jsonb) with ordinality j(value, place) order by place \
                on conflict (user_name_key) do nothing returning id"
        ))
        .bind(rows)
        .bind(now)
        .all()
        .await?;
    Ok(inserted.into_iter().map(|(id,)| id).collect())
}

/// Writes every field of these people, whose rows are locked and whose user names are free.
pub(crate) async fn update(tx: &mut Tx, users: &[User]) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let rows = Value::from(users.iter().map(row).collect::<Vec<_>>()).to_string();
    tx.query(sql!(
        sqlite: "with rows (value) as materialized (select jsonb(value) from json_each($1)) \
            update users set user_name = j.value->>1, user_name_key = j.value->>2, email = j.value->>3, \
            email_key = j.value->>4, display_name = j.value->>5, display_name_key = j.value->>6, \
            given_name = j.value->>7, family_name = j.value->>8, phone = j.value->>9, title = j.value->>10, \
            department = j.value->>11, preferred_language = j.value->>12, external_id = j.value->>13, \
            active = j.value->>15, updated_at = $2, version = version + 1 \
            from rows j where users.id = unhex(j.value->>0)",
        postgres: "update users u set user_name = j.value->>1, user_name_key = j.value->>2, email = j.value->>3, \
            email_key = j.value->>4, display_name = j.value->>5, display_name_key = j.value->>6, \
            given_name = j.value->>7, family_name = j.value->>8, phone = j.value->>9, title = j.value->>10, \
            department = j.value->>11, preferred_language = j.value->>12, external_id = j.value->>13, \
            active = (j.value->>15)::boolean, updated_at = $2, version = version + 1 \
            from jsonb_array_elements($1::jsonb) j(value) where u.id = (j.value->>0)::uuid"
    ))
    .bind(rows.clone())
    .bind(now)
    .execute()
    .await?;
    // Lists of members stand in the order of names.
    tx.query(sql!(
        sqlite: "update group_members set display_name_key = j.value->>6 from json_each($1) j \
            where user_id = unhex(j.value->>0) and display_name_key <> j.value->>6",
        postgres: "update group_members m set display_name_key = j.value->>6 from jsonb_array_elements($1::jsonb) j(value) \
            where m.user_id = (j.value->>0)::uuid and m.display_name_key <> j.value->>6"
    ))
    .bind(rows)
    .execute()
    .await?;
    Ok(())
}

/// Writes what no list is ordered by and no search finds: phone, title, department, language, the id
/// in the source, and whether they may sign in. None of it stands in an index, so it costs a
/// fraction of [`update`].
pub(crate) async fn update_details(tx: &mut Tx, users: &[User]) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let rows = Value::from(users.iter().map(row).collect::<Vec<_>>()).to_string();
    tx.query(sql!(
        sqlite: "with rows (value) as materialized (select jsonb(value) from json_each($1)) \
            update users set phone = j.value->>9, title = j.value->>10, department = j.value->>11, \
            preferred_language = j.value->>12, external_id = j.value->>13, active = j.value->>15, updated_at = $2, \
            version = version + 1 from rows j where users.id = unhex(j.value->>0)",
        postgres: "update users u set phone = j.value->>9, title = j.value->>10, department = j.value->>11, \
            preferred_language = j.value->>12, external_id = j.value->>13, active = (j.value->>15)::boolean, \
            updated_at = $2, version = version + 1 from jsonb_array_elements($1::jsonb) j(value) \
            where u.id = (j.value->>0)::uuid"
    ))
    .bind(rows)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Writes the words by which these people are found; `known` are those who have some already.
pub(crate) async fn write_terms(tx: &mut Tx, users: &[&User], known: bool) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    if known {
        let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
        tx.query(sql!(
            sqlite: "delete from user_terms where user_id in (select unhex(value) from json_each($1))",
            postgres: "delete from user_terms where user_id in \
                (select value::uuid from jsonb_array_elements_text($1::jsonb) j(value))"
        ))
        .bind(hexed(&ids))
        .execute()
        .await?;
    }
    let terms: Vec<Value> = users
        .iter()
        .map(|user| {
            let mut texts = vec![user.user_name.as_str(), &user.email, &user.display_name];
            texts.extend(user.given_name.as_deref());
            texts.extend(user.family_name.as_deref());
            let display_name_key = names::folded(&user.display_name);
            let terms = names::terms(&display_name_key, &texts);
            json!([user.id.0.simple().to_string(), terms, display_name_key])
        })
        .collect();
    tx.query(sql!(
        sqlite: "with rows (value) as materialized (select jsonb(value) from json_each($1)) \
            insert into user_terms (term, user_id, display_name_key) \
            select t.value, unhex(j.value->>0), j.value->>2 from rows j, json_each(j.value, '$[1]') t where true on conflict do nothing",
        postgres: "insert into user_terms (term, user_id, display_name_key) \
            select t.value, (j.value->>0)::uuid, j.value->>2 from jsonb_array_elements($1::jsonb) j(value), jsonb_array_elements_text(j.value->1) t(value) \
            on conflict do nothing"
    ))
    .bind(Value::Array(terms).to_string())
    .execute()
    .await?;
    Ok(())
}

/// Sets what is derived, after a change of `active` or of these people's keys: status, and kinds of keys held
/// ([`KeyKind::bit`](crate::keys::KeyKind)).
pub(crate) async fn refresh_status(tx: &mut Tx, ids: &[UserId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    tx.query(sql!(
        sqlite: "update users set status = case when not active then 'disabled' \
            when exists (select 1 from security_keys k where k.user_id = users.id and k.state in ('active', 'suspended')) \
            then 'active' \
            when exists (select 1 from security_keys k where k.user_id = users.id and k.state = 'pending') then 'pending' \
            else 'new' end, key_kinds = \
            (select coalesce(sum(distinct case k.kind when 'hardwareKey' then 1 when 'platform' then 2 \
            when 'smartphone' then 4 when 'contactlessCard' then 8 end), 0) \
            from security_keys k where k.user_id = users.id and k.state in ('pending', 'active', 'suspended')) \
            where id in (select unhex(value) from json_each($1))",
        postgres: "update users set status = case when not active then 'disabled' \
            when exists (select 1 from security_keys k where k.user_id = users.id and k.state in ('active', 'suspended')) \
            then 'active' \
            when exists (select 1 from security_keys k where k.user_id = users.id and k.state = 'pending') then 'pending' \
            else 'new' end, key_kinds = \
            (select coalesce(sum(distinct case k.kind when 'hardwareKey' then 1 when 'platform' then 2 \
            when 'smartphone' then 4 when 'contactlessCard' then 8 end), 0) \
            from security_keys k where k.user_id = users.id and k.state in ('pending', 'active', 'suspended')) \
            where id in (select value::uuid from jsonb_array_elements_text($1::jsonb) j(value))"
    ))
    .bind(hexed(ids))
    .execute()
    .await?;
    Ok(())
}

/// Ends the sessions of these people.
pub(crate) async fn end_sessions(tx: &mut Tx, ids: &[UserId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    tx.query(sql!(
        sqlite: "delete from sessions where user_id in (select unhex(value) from json_each($1))",
        postgres: "delete from sessions where user_id in \
            (select value::uuid from jsonb_array_elements_text($1::jsonb) j(value))"
    ))
    .bind(hexed(ids))
    .execute()
    .await?;
    Ok(())
}

/// Cancels the open links of these people, and the mails with them that have not left.
pub(crate) async fn cancel_links(tx: &mut Tx, ids: &[UserId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    tx.query(sql!(
        sqlite: "update activations set state = 'cancelled', closed_at = $2 where state = 'open' \
            and user_id in (select unhex(value) from json_each($1))",
        postgres: "update activations set state = 'cancelled', closed_at = $2 where state = 'open' \
            and user_id in (select value::uuid from jsonb_array_elements_text($1::jsonb) j(value))"
    ))
    .bind(hexed(ids))
    .bind(now)
    .execute()
    .await?;
    tx.query(sql!(
        sqlite: "update mails set state = 'cancelled', payload = null, closed_at = $2, lease = null, leased_until = 0 \
            where state = 'queued' and activation_id in (select a.id from activations a \
            where a.state = 'cancelled' and a.user_id in (select unhex(value) from json_each($1)))",
        postgres: "update mails set state = 'cancelled', payload = null, closed_at = $2, lease = null, leased_until = 0 \
            where state = 'queued' and activation_id in (select a.id from activations a where a.state = 'cancelled' \
            and a.user_id in (select value::uuid from jsonb_array_elements_text($1::jsonb) j(value)))"
    ))
    .bind(hexed(ids))
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Deletes these people with everything of theirs.
pub(crate) async fn delete(tx: &mut Tx, ids: &[UserId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    // While it is still known which mails carry their links.
    cancel_links(tx, ids).await?;
    tx.query(sql!(
        sqlite: "delete from users where id in (select unhex(value) from json_each($1))",
        postgres: "delete from users where id in (select value::uuid from jsonb_array_elements_text($1::jsonb) j(value))"
    ))
    .bind(hexed(ids))
    .execute()
    .await?;
    Ok(())
}

fn pairs(memberships: &[(UserId, GroupId)]) -> String {
    let hex = |id: uuid::Uuid| id.simple().to_string();
    Value::from(memberships.iter().map(|(user, group)| json!([hex(user.0), hex(group.0)])).collect::<Vec<_>>())
        .to_string()
}

/// Puts people into groups; returns the memberships that were new. Who was deleted meanwhile is
/// left out.
pub(crate) async fn join(tx: &mut Tx, memberships: &[(UserId, GroupId)]) -> Result<Vec<(UserId, GroupId)>> {
    if memberships.is_empty() {
        return Ok(Vec::new());
    }
    let now = tx.now();
    tx.query(sql!(
        sqlite: "insert into group_members (user_id, group_id, added_at, display_name_key) \
            select u.id, g.id, $2, u.display_name_key from json_each($1) j cross join users u on u.id = unhex(j.value->>0) \
            join groups g on g.id = unhex(j.value->>1) where true on conflict do nothing returning user_id, group_id",
        postgres: "insert into group_members (user_id, group_id, added_at, display_name_key) \
            select u.id, g.id, $2, u.display_name_key from jsonb_array_elements($1::jsonb) j(value) join users u on u.id = (j.value->>0)::uuid \
            join groups g on g.id = (j.value->>1)::uuid order by u.id, g.id for no key update of u for key share of g \
            on conflict do nothing returning user_id, group_id"
    ))
    .bind(pairs(memberships))
    .bind(now)
    .all()
    .await
}

/// Takes people out of groups; returns the memberships that there were.
pub(crate) async fn leave(tx: &mut Tx, memberships: &[(UserId, GroupId)]) -> Result<Vec<(UserId, GroupId)>> {
    if memberships.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(sql!(
        sqlite: "delete from group_members where (user_id, group_id) in \
            (select unhex(value->>0), unhex(value->>1) from json_each($1)) returning user_id, group_id",
        postgres: "delete from group_members where (user_id, group_id) in \
            (select (value->>0)::uuid, (value->>1)::uuid from jsonb_array_elements($1::jsonb) j(value)) \
            returning user_id, group_id"
    ))
    .bind(pairs(memberships))
    .all()
    .await
}
