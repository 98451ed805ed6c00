//! The groups of a tenant that an import takes over, with who comes and who goes: as the plan has it, then as it was
//! applied, and after an undo what of that was left.

use uuid::Uuid;

use super::{Import, ImportState, Reason, Verdict};
use crate::{
    db::Conn,
    error::{Error, Result},
    ids::{GroupId, UserId},
    page::{At, Cursor, Of, Page, PageRequest},
    roles::Role,
    sql,
};

/// A group of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct GroupRow {
    /// The object in the tenant.
    pub object_id: Uuid,
    /// The group here, once there is one.
    pub group_id: Option<GroupId>,
    /// Its name in the tenant.
    pub name: String,
    /// What it was called here when the plan was made.
    pub old_name: Option<String>,
    /// Create, update (another name) or unchanged.
    pub verdict: Verdict,
    /// Why the group is left alone.
    pub reason: Option<Reason>,
    /// The role that it grants here.
    pub role: Option<Role>,
    /// People who come.
    pub added: i64,
    /// People who go.
    pub removed: i64,
}

/// Somebody who comes to a group or goes from it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MemberRow {
    /// What the list is ordered by: the person's object in the tenant, or their id here once the plan was applied.
    pub place: Uuid,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// The person, unless the import is still to add them.
    pub user_id: Option<UserId>,
}

fn is_applied(import: &Import) -> bool {
    import.outcome.is_some()
        && !matches!(import.state, ImportState::Ready | ImportState::Planning | ImportState::Reading)
}

/// The groups by name; with `changed` only those of which something changes.
///
/// # Errors
/// A cursor of another list.
pub async fn groups(conn: &mut Conn, import: &Import, changed: bool, page: &PageRequest) -> Result<Page<GroupRow>> {
    let (name, id) = match &page.cursor {
        None => (String::new(), Uuid::nil()),
        Some(text) => match Cursor::from_text(text, "importGroups", Of::Texts)? {
            Cursor { at: At::Text(name), id, .. } => (name, id),
            Cursor { .. } => return Err(Error::field("cursor", "malformed", "Begin again without a cursor.")),
        },
    };
    let statement = if is_applied(import) {
        sql!(
            "select object_id, group_id, name, old_name, verdict, reason, role, added, removed from (\
             select s.object_id, g.id as group_id, s.name, s.old_name, s.verdict, s.reason, g.role, \
             (select count(*) from import_membership_changes c where c.import_id = s.import_id and c.group_id = g.id \
             and c.added) as added, \
             (select count(*) from import_membership_changes c where c.import_id = s.import_id and c.group_id = g.id \
             and not c.added) as removed \
             from import_groups s left join entra_group_links l on l.tenant_id = $2 and l.object_id = s.object_id \
             left join groups g on g.id = l.group_id where s.import_id = $1 and s.verdict is not null \
             and (s.name, s.object_id) > ($3, $4)) r \
             where not $5 or r.verdict <> 'unchanged' or r.added > 0 or r.removed > 0 order by r.name, r.object_id limit $6"
        )
    } else {
        sql!(
            "select s.object_id, g.id as group_id, s.name, s.old_name, s.verdict, s.reason, g.role, s.added, s.removed \
             from import_groups s left join entra_group_links l on l.tenant_id = $2 and l.object_id = s.object_id \
             left join groups g on g.id = l.group_id where s.import_id = $1 and s.verdict is not null \
             and (s.name, s.object_id) > ($3, $4) \
             and (not $5 or s.verdict <> 'unchanged' or s.added > 0 or s.removed > 0) \
             order by s.name, s.object_id limit $6"
        )
    };
    let mut rows: Vec<GroupRow> = conn
        .query(statement)
        .bind(import.id)
        .bind(import.tenant_id)
        .bind(name)
        .bind(id)
        .bind(changed)
        .bind(page.rows())
        .all()
        .await?;
    for row in &mut rows {
        row.old_name = row.old_name.take().filter(|_| row.verdict == Verdict::Update);
    }
    Ok(Page::cut(rows, page.limit, |row| Cursor {
        order: "importGroups".to_owned(),
        at: At::Text(row.name.clone()),
        id: row.object_id,
    }))
}

/// Who comes to a group of the tenant (`added`), or who goes from it.
///
/// # Errors
/// A cursor of another list.
pub async fn members(
    conn: &mut Conn,
    import: &Import,
    group: Uuid,
    added: bool,
    page: &PageRequest,
) -> Result<Page<MemberRow>> {
    let after = match &page.cursor {
        None => Uuid::nil(),
        Some(text) => Cursor::from_text(text, "importMembers", Of::Numbers)?.id,
    };
    let Some(tenant) = import.tenant_id else { return Ok(Page::whole(Vec::new())) };
    let query = if is_applied(import) {
        conn.query(sql!(
            "select c.user_id as place, coalesce(u.display_name, '') as name, u.email, u.id as user_id \
             from entra_group_links l join import_membership_changes c on c.import_id = $1 and c.group_id = l.group_id \
             left join users u on u.id = c.user_id where l.tenant_id = $2 and l.object_id = $3 and c.user_id > $4 \
             and c.added = $6 order by c.user_id limit $5"
        ))
    } else if added {
        conn.query(sql!(
            "select p.object_id as place, coalesce(u.display_name, r.label, '') as name, coalesce(u.email, r.email) as email, \
             u.id as user_id from import_members p \
             left join entra_links l on l.tenant_id = $2 and l.object_id = p.object_id \
             left join import_rows r on r.import_id = p.import_id and r.object_id = p.object_id and l.user_id is null \
             left join users u on u.id = coalesce(l.user_id, r.user_id) \
             where p.import_id = $1 and p.group_object_id = $3 and p.object_id > $4 \
             and (l.user_id is not null or r.verdict in ('create', 'update', 'unchanged', 'deactivate')) \
             and not exists (select 1 from import_groups s join group_members m on m.group_id = s.group_id \
             where s.import_id = p.import_id and s.object_id = p.group_object_id \
             and m.user_id = coalesce(l.user_id, r.user_id)) and $6 order by p.object_id limit $5"
        ))
    } else {
        conn.query(sql!(
            "select m.user_id as place, u.display_name as name, u.email, u.id as user_id \
             from import_groups s join groups g on g.id = s.group_id join group_members m on m.group_id = g.id \
             join users u on u.id = m.user_id left join entra_links l on l.user_id = m.user_id and l.tenant_id = $2 \
             left join import_rows r on r.import_id = s.import_id and r.user_id = m.user_id and l.user_id is null \
             and r.verdict in ('update', 'unchanged', 'deactivate') \
             where s.import_id = $1 and s.object_id = $3 and m.user_id > $4 and s.complete \
             and coalesce(g.role, '') <> 'owner' and coalesce(l.object_id, r.object_id) is not null \
             and not exists (select 1 from import_members p where p.import_id = s.import_id \
             and p.group_object_id = s.object_id and p.object_id = coalesce(l.object_id, r.object_id)) \
             and not $6 order by m.user_id limit $5"
        ))
    };
    let rows: Vec<MemberRow> =
        query.bind(import.id).bind(tenant).bind(group).bind(after).bind(page.rows()).bind(added).all().await?;
    Ok(Page::cut(rows, page.limit, |row| Cursor {
        order: "importMembers".to_owned(),
        at: At::Number(0),
        id: row.place,
    }))
}
