//! Every way in which a list is answered finds the same people as a plain look at all of them, in
//! the same order, page by page, on both databases; and what is kept counted is what is there.
//! (Here four people are many, see `roads.rs`.)

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::*;
use crate::{
    Timestamp,
    actor::Actor,
    db::{Db, Options},
    groups::{self, GroupFilter, NewGroup},
    ids::EVERYONE,
    keys::{self, NewKey, Step},
    page::At,
    sql,
    users::{self, NewUser},
};

const GIVEN: [&str; 4] = ["Jane", "Janet", "Zoë", "Ivan"];
const FAMILY: [&str; 5] = ["Doe", "Jansen", "Ibrahim", "Óscarsson", "Doe-Ivanova"];

/// A directory of 120 people in most of the states there are, and the large and the small group.
async fn fill(db: &Db) -> (GroupId, GroupId) {
    let actor = Actor::cli();
    let mut tx = db.write(Timestamp(1_000_000)).await.unwrap();
    let mut made = Vec::new();
    for name in ["Large", "Small"] {
        let new = NewGroup { name: name.to_owned(), description: None, role: None };
        made.push(groups::create(&mut tx, &actor, new).await.unwrap().id);
    }
    tx.commit().await.unwrap();
    let (large, small) = (made[0], made[1]);
    for number in 0..120_usize {
        // Three at a time were added at the same moment.
        let mut tx = db.write(Timestamp(2_000_000 + i64::try_from(number / 3).unwrap())).await.unwrap();
        let (given, family) = (GIVEN[number % 4], FAMILY[number % 5]);
        let new = NewUser {
            given_name: Some(given.to_owned()),
            family_name: Some(family.to_owned()),
            group_ids: match number % 30 {
                0 => vec![large, small],
                1..=20 => vec![large],
                _ => Vec::new(),
            },
            origin: if number % 7 == 0 { Origin::Csv } else { Origin::Local },
            ..NewUser::local(&format!("person{number}@example.com"))
        };
        let user = users::create(&mut tx, &actor, new).await.unwrap();
        if number % 3 > 0 {
            let new = NewKey { kind: KeyKind::HardwareKey, name: None, note: None };
            let key = keys::assign(&mut tx, &actor, &user, new).await.unwrap().key;
            match number % 8 {
                0 => drop(keys::step(&mut tx, &actor, key.id, Step::Cancel, None, None).await.unwrap()),
                1..=5 => {
                    let kind = match number % 10 {
                        1 => "platform",
                        3 => "smartphone",
                        _ => "hardwareKey",
                    };
                    tx.query(sql!("update security_keys set state = 'active', kind = $2 where id = $1"))
                        .bind(key.id)
                        .bind(kind.to_owned())
                        .execute()
                        .await
                        .unwrap();
                    users::refresh_status(&mut tx, user.id).await.unwrap();
                }
                _ => {}
            }
        }
        if number % 5 == 0 {
            users::seen(&mut tx, user.id).await.unwrap();
        }
        match number % 11 {
            0 => drop(users::set_active(&mut tx, &actor, user.id, false, None).await.unwrap()),
            1 if number > 60 => users::delete(&mut tx, &actor, user.id, None).await.unwrap(),
            2 if number > 60 => drop(groups::set_membership(&mut tx, &actor, large, &user, false).await.unwrap()),
            _ => {}
        }
        tx.commit().await.unwrap();
    }
    (large, small)
}

/// What a plain look needs to know of each person.
#[derive(sqlx::FromRow)]
struct Known {
    #[sqlx(flatten)]
    user: User,
    large: bool,
    small: bool,
    hardware: i64,
    platform: i64,
    phones: i64,
}

async fn everybody(conn: &mut Conn) -> Vec<Known> {
    conn.query(sql!(
        "select u.*, \
         exists (select 1 from group_members m join groups g on g.id = m.group_id where m.user_id = u.id and g.name = 'Large') as large, \
         exists (select 1 from group_members m join groups g on g.id = m.group_id where m.user_id = u.id and g.name = 'Small') as small, \
         (select count(*) from security_keys k where k.user_id = u.id and k.kind = 'hardwareKey' \
          and k.state in ('pending', 'active', 'suspended')) as hardware, \
         (select count(*) from security_keys k where k.user_id = u.id and k.kind = 'platform' \
          and k.state in ('pending', 'active', 'suspended')) as platform, \
         (select count(*) from security_keys k where k.user_id = u.id and k.kind = 'smartphone' \
          and k.state in ('pending', 'active', 'suspended')) as phones \
         from users u"
    ))
    .all()
    .await
    .unwrap()
}

fn matches(known: &Known, filter: &UserFilter, large: GroupId) -> bool {
    let user = &known.user;
    let words = filter.q.as_deref().map(names::search_words).unwrap_or_default();
    let mut texts = vec![user.user_name.as_str(), &user.email, &user.display_name];
    texts.extend(user.given_name.as_deref());
    texts.extend(user.family_name.as_deref());
    let name = names::folded(&user.display_name);
    let terms = names::terms(&name, &texts);
    let found = |word: &String| {
        let (begin, end) = names::term_range(word);
        name.starts_with(word) || terms.iter().any(|term| *term >= begin && *term < end)
    };
    words.iter().all(found)
        && (filter.status.is_empty() || filter.status.contains(&user.status))
        && (filter.origin.is_empty() || filter.origin.contains(&user.origin))
        && filter.group.is_none_or(|group| if group == large { known.large } else { known.small })
        && (filter.key.is_empty()
            || filter.key.iter().any(|key| match key {
                KeyFilter::Kind(KeyKind::HardwareKey) => known.hardware > 0,
                KeyFilter::Kind(KeyKind::Platform) => known.platform > 0,
                KeyFilter::Kind(KeyKind::Smartphone) => known.phones > 0,
                // Nobody here has one.
                KeyFilter::Kind(KeyKind::ContactlessCard) => false,
                KeyFilter::None => known.hardware + known.platform + known.phones == 0,
            }))
}

fn filters(large: GroupId, small: GroupId) -> Vec<UserFilter> {
    let words = [None, Some("jan"), Some("jane"), Some("do jan"), Some("person7@"), Some("ivan oscar"), Some("nobody")];
    let statuses = [
        vec![],
        vec![UserStatus::Active],
        vec![UserStatus::Disabled],
        vec![UserStatus::New, UserStatus::Pending, UserStatus::New],
    ];
    let kinds = [
        vec![],
        vec![KeyFilter::Kind(KeyKind::HardwareKey)],
        vec![KeyFilter::Kind(KeyKind::Platform)],
        vec![KeyFilter::Kind(KeyKind::Smartphone), KeyFilter::Kind(KeyKind::Platform)],
        vec![KeyFilter::None],
        vec![KeyFilter::None, KeyFilter::Kind(KeyKind::Platform)],
    ];
    let mut filters = Vec::new();
    for q in words {
        for status in &statuses {
            for key in &kinds {
                for (group, origin) in
                    [(None, vec![]), (Some(large), vec![]), (Some(small), vec![]), (None, vec![Origin::Csv])]
                {
                    let q = q.map(str::to_owned);
                    filters.push(UserFilter { q, status: status.clone(), group, origin, key: key.clone() });
                }
            }
        }
    }
    filters
}

/// All pages one after the other.
async fn pages(conn: &mut Conn, filter: &UserFilter, sort: Option<&str>, limit: u32) -> Vec<User> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let request = PageRequest::new(Some(limit), cursor, sort.map(str::to_owned)).unwrap();
        let page = list(conn, filter, &request).await.unwrap();
        assert!(page.next_cursor.is_none() || page.items.len() == limit as usize, "only the last page is short");
        found.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return found;
        }
    }
}

async fn every_way_finds_the_same_people(db: &Db) {
    const SORTS: [Option<&str>; 7] = [
        None,
        Some("displayName"),
        Some("-createdAt"),
        Some("lastActivityAt"),
        Some("-lastActivityAt"),
        Some("-email"),
        Some("status"),
    ];
    let (large, small) = fill(db).await;
    let mut conn = db.read().await.unwrap();
    let everybody = everybody(&mut conn).await;
    assert!(everybody.iter().any(|known| known.platform > 0) && everybody.iter().any(|known| known.small));
    for (number, filter) in filters(large, small).into_iter().enumerate() {
        let mut expected: Vec<&User> =
            everybody.iter().filter(|known| matches(known, &filter, large)).map(|known| &known.user).collect();
        let (counted, exact) = count(&mut conn, &filter).await.unwrap();
        assert_eq!((usize::try_from(counted).unwrap(), exact), (expected.len(), true), "{filter:?}");
        // Each filter with some of the orders, so that all pairs of kinds meet.
        for sort in [SORTS[number % 7], SORTS[(number / 7 + 3) % 7]] {
            let found = pages(&mut conn, &filter, sort, 7).await;
            let order = ORDERS.order(sort).unwrap();
            let place = |user: &User| {
                let at = order.place(user).at;
                let (number, text) = match at {
                    At::Number(number) => (number, String::new()),
                    At::Text(text) => (0, text),
                };
                (number, text, user.id.0)
            };
            expected.sort_by_key(|user| place(user));
            if order.descending() {
                expected.reverse();
            }
            let found: Vec<UserId> = found.iter().map(|user| user.id).collect();
            let expected: Vec<UserId> = expected.iter().map(|user| user.id).collect();
            assert_eq!(found, expected, "{filter:?} by {sort:?}");
        }
    }
}

async fn what_is_kept_counted_is_what_is_there(db: &Db) {
    let (large, _) = fill(db).await;
    let mut conn = db.read().await.unwrap();
    let everybody = everybody(&mut conn).await;
    let counts = users::status_counts(&mut conn).await.unwrap();
    let with = |status| i64::try_from(everybody.iter().filter(|known| known.user.status == status).count()).unwrap();
    assert_eq!(counts.total, i64::try_from(everybody.len()).unwrap());
    assert_eq!(counts.new, with(UserStatus::New));
    assert_eq!(counts.pending, with(UserStatus::Pending));
    assert_eq!(counts.active, with(UserStatus::Active));
    assert_eq!(counts.disabled, with(UserStatus::Disabled));
    let (active, pending): (i64, i64) = conn
        .query(sql!(
            "select (select count(*) from security_keys where state = 'active'), \
             (select count(*) from security_keys where state = 'pending')"
        ))
        .one()
        .await
        .unwrap();
    let keys = keys::counts(&mut conn).await.unwrap();
    assert_eq!((keys.active, keys.pending), (active, pending));
    let page = PageRequest::new(None, None, None).unwrap();
    for group in groups::list(&mut conn, &GroupFilter::default(), &page).await.unwrap().items {
        let members: Vec<&Known> = everybody
            .iter()
            .filter(|known| {
                if group.id == EVERYONE {
                    true
                } else if group.id == large {
                    known.large
                } else {
                    known.small
                }
            })
            .collect();
        assert_eq!(group.member_count, i64::try_from(members.len()).unwrap(), "{}", group.name);
        assert_eq!(
            group.key_count,
            members.iter().map(|known| known.hardware + known.platform + known.phones).sum::<i64>(),
            "{}",
            group.name
        );
    }
}

async fn sqlite() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("keystead.db").display());
    let db = Db::open(&Options::new(&address)).await.unwrap();
    (folder, db)
}

/// A schema of its own on the server of `TEST_POSTGRES_URL`.
async fn postgres() -> Option<Db> {
    let server = std::env::var("TEST_POSTGRES_URL").ok()?;
    let schema = format!("test_{}", crate::ids::new_uuid().simple());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(AssertSqlSafe(format!("create schema {schema}"))).await.unwrap();
    let sign = if server.contains('?') { '&' } else { '?' };
    let address = format!("{server}{sign}options[search_path]={schema}");
    Some(Db::open(&Options { url: address, connections: 4 }).await.unwrap())
}

macro_rules! on_both_databases {
    ($($case:ident),+ $(,)?) => {$(
        mod $case {
            #[tokio::test]
            async fn on_sqlite() {
                let (_folder, db) = super::sqlite().await;
                super::$case(&db).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(db) = super::postgres().await {
                    super::$case(&db).await;
                }
            }
        }
    )+};
}
on_both_databases! { every_way_finds_the_same_people, what_is_kept_counted_is_what_is_there }
