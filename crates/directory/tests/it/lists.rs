//! Lists of people: every order, every filter, every page, against a plain list in memory.

use std::collections::{HashMap, HashSet};

use keystead_directory::{
    actor::Actor,
    ids::{EVERYONE, GroupId, UserId},
    keys::{self, KeyKind, NewKey, Step},
    names,
    page::PageRequest,
    users::{self, KeyFilter, NewUser, Origin, User, UserFilter, UserStatus},
};

use crate::support::{Random, START, TestDb, hardware, on_both};

const SORTS: [&str; 6] = ["displayName", "userName", "email", "status", "createdAt", "lastActivityAt"];

const NAMES: [&str; 24] = [
    "Ada",
    "Ádám",
    "Zoë",
    "zoe",
    "O'Neill",
    "Anne-Marie",
    "Jürgen",
    "Müller",
    "Muller",
    "田中",
    "太郎",
    "Владимир",
    "Петров",
    "محمد",
    "Σωκράτης",
    "van",
    "der",
    "Berg",
    "Łukasz",
    "Nguyễn",
    "Smith",
    "Smithson",
    "김",
    "İlker",
];

/// A person as the plain list knows them.
struct Known {
    user: User,
    groups: HashSet<GroupId>,
    /// Held: pending, active or suspended.
    held: Vec<KeyKind>,
}

/// A few hundred people of all kinds, made through the public functions.
async fn population(db: &TestDb, random: &mut Random, how_many: usize) -> (Vec<Known>, Vec<GroupId>) {
    let mut group_ids = Vec::new();
    for name in ["One", "Two", "Three"] {
        group_ids.push(db.group(name, None).await.id);
    }
    let mut people: HashMap<UserId, (HashSet<GroupId>, Vec<KeyKind>)> = HashMap::new();
    for number in 0..how_many {
        let words: Vec<&str> = (0..=random.below(3)).map(|_| *random.one_of(&NAMES)).collect();
        let origin = *random.one_of(&[Origin::Local, Origin::Local, Origin::Csv, Origin::Scim, Origin::Entra]);
        let in_groups: Vec<GroupId> = group_ids.iter().copied().filter(|_| random.chance(30)).collect();
        let new = NewUser {
            user_name: Some(format!("u{number}")),
            display_name: Some(words.join(" ")),
            given_name: random.chance(50).then(|| words[0].to_owned()),
            group_ids: in_groups.clone(),
            origin,
            // Few addresses, so that many sort values are equal.
            ..NewUser::local(random.one_of::<&str>(&["desk@example.com", "it@contoso.com", "a.b@fabrikam.org"]))
        };
        // Few moments too.
        let now = START.plus_seconds(random.below(5) as i64);
        let kind = random.below(8);
        let (user, held) = db
            .change(now, async |tx| {
                let actor = Actor::cli();
                let user = users::create(tx, &actor, new).await?;
                let mut held = Vec::new();
                if kind > 0 {
                    let what = if number % 5 == 0 { KeyKind::Smartphone } else { KeyKind::HardwareKey };
                    let key = keys::assign(tx, &actor, &user, NewKey { kind: what, ..hardware() }).await?;
                    let steps: &[Step] = match kind {
                        1 => &[],
                        2 => &[Step::Cancel],
                        5 => &[Step::Activate, Step::Suspend],
                        6 => &[Step::Activate, Step::Revoke],
                        _ => &[Step::Activate],
                    };
                    for &step in steps {
                        keys::step(tx, &actor, key.key.id, step, None, None).await?;
                    }
                    if !steps.iter().any(|step| matches!(step, Step::Cancel | Step::Revoke)) {
                        held.push(what);
                    }
                }
                if kind % 3 == 1 {
                    users::seen(tx, user.id).await?;
                }
                if kind == 4 || kind == 2 {
                    users::set_active(tx, &actor, user.id, false, None).await?;
                }
                Ok((user.id, held))
            })
            .await
            .unwrap();
        people.insert(user, (in_groups.into_iter().collect(), held));
    }
    let mut known = Vec::new();
    for (id, (groups, held)) in people {
        known.push(Known { user: db.user(id).await, groups, held });
    }
    (known, group_ids)
}

/// What a sort compares: a number or a text, in one order.
fn value(user: &User, sort: &str) -> (i64, String) {
    match sort {
        "displayName" => (0, names::folded(&user.display_name)),
        "userName" => (0, names::key(&user.user_name)),
        "email" => (0, names::key(&user.email)),
        "status" => (0, user.status.as_str().to_owned()),
        "createdAt" => (user.created_at.0, String::new()),
        "lastActivityAt" => (user.last_activity_at.map_or(0, |at| at.0), String::new()),
        _ => unreachable!(),
    }
}

/// Every row of a list, page by page.
async fn walk(db: &TestDb, filter: &UserFilter, sort: Option<&str>, limit: u32) -> Vec<User> {
    let mut conn = db.read().await.unwrap();
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let request = PageRequest::new(Some(limit), cursor, sort.map(str::to_owned)).unwrap();
        let page = users::list(&mut conn, filter, &request).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        assert!(page.next_cursor.is_none() || page.items.len() == limit as usize);
        rows.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return rows;
        }
    }
}

fn ids(rows: &[User]) -> Vec<UserId> {
    rows.iter().map(|user| user.id).collect()
}

#[test]
fn every_sort_in_both_directions_walks_all_rows_once_and_in_order() {
    on_both(|db| async move {
        let mut random = Random::new();
        let (people, _) = population(&db, &mut random, 120).await;
        for sort in SORTS {
            for descending in [false, true] {
                let asked = format!("{}{sort}", if descending { "-" } else { "" });
                let mut wanted: Vec<&User> = people.iter().map(|known| &known.user).collect();
                wanted.sort_by_key(|user| (value(user, sort), user.id));
                if descending {
                    wanted.reverse();
                }
                let wanted: Vec<UserId> = wanted.into_iter().map(|user| user.id).collect();
                for limit in [1, 7, 119, 120, 200] {
                    let rows = walk(&db, &UserFilter::default(), Some(&asked), limit).await;
                    assert_eq!(ids(&rows), wanted, "{asked} by {limit}");
                }
            }
        }
        let usual = walk(&db, &UserFilter::default(), None, 50).await;
        let named = walk(&db, &UserFilter::default(), Some("displayName"), 50).await;
        assert_eq!(ids(&usual), ids(&named));
    });
}

#[test]
fn filters_alone_and_combined_find_what_a_plain_look_finds() {
    on_both(|db| async move {
        let mut random = Random::new();
        let (people, groups) = population(&db, &mut random, 250).await;
        let statuses = [UserStatus::New, UserStatus::Pending, UserStatus::Active, UserStatus::Disabled];
        let origins = [Origin::Local, Origin::Csv, Origin::Scim, Origin::Entra];
        let key_filters =
            KeyKind::ALL.iter().map(|kind| KeyFilter::Kind(*kind)).chain([KeyFilter::None]).collect::<Vec<_>>();
        for round in 0..200 {
            let mut filter = UserFilter::default();
            let some = |random: &mut Random| round < 20 || random.chance(40);
            if some(&mut random) {
                filter.status = statuses.into_iter().filter(|_| random.chance(50)).collect();
            }
            if some(&mut random) {
                filter.origin = origins.into_iter().filter(|_| random.chance(50)).collect();
            }
            if some(&mut random) {
                filter.key = key_filters.iter().copied().filter(|_| random.chance(40)).collect();
            }
            if random.chance(40) {
                filter.group = Some(*random.one_of(&[groups[0], groups[1], groups[2], EVERYONE, GroupId::new()]));
            }
            let mut wanted_words = Vec::new();
            if random.chance(50) {
                for _ in 0..=random.below(2) {
                    let name: Vec<char> = random.one_of(&NAMES).chars().collect();
                    let cut = 1 + random.below(name.len());
                    wanted_words.push(name[..cut].iter().collect::<String>());
                }
                filter.q = Some(wanted_words.join(" "));
            }
            let matches = |known: &Known| {
                let user = &known.user;
                (filter.status.is_empty() || filter.status.contains(&user.status))
                    && (filter.origin.is_empty() || filter.origin.contains(&user.origin))
                    && filter.group.is_none_or(|group| group == EVERYONE || known.groups.contains(&group))
                    && (filter.key.is_empty()
                        || filter.key.iter().any(|key| match key {
                            KeyFilter::Kind(kind) => known.held.contains(kind),
                            KeyFilter::None => known.held.is_empty(),
                        }))
                    && wanted_words.iter().all(|word| says(user, word))
            };
            let wanted: HashSet<UserId> =
                people.iter().filter(|known| matches(known)).map(|known| known.user.id).collect();
            let sort = random.chance(60).then(|| *random.one_of(&SORTS));
            let rows = walk(&db, &filter, sort, 1 + random.below(60) as u32).await;
            let found: HashSet<UserId> = rows.iter().map(|user| user.id).collect();
            assert_eq!(found.len(), rows.len(), "somebody is listed twice: {filter:?} {sort:?}");
            assert_eq!(found, wanted, "{filter:?} {sort:?}");
            let count = users::count(&mut db.read().await.unwrap(), &filter).await.unwrap();
            assert_eq!(count, (wanted.len() as i64, true), "{filter:?}");
        }
    });
}

/// Whether a word begins any part of a person's names or address, by a plain look: also after a
/// mark inside a word, and anywhere in a name of a script without spaces.
fn says(user: &User, word: &str) -> bool {
    let word = names::folded(word);
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    if word.is_empty() {
        return true;
    }
    [
        Some(&user.display_name),
        Some(&user.email),
        Some(&user.user_name),
        user.given_name.as_ref(),
        user.family_name.as_ref(),
    ]
    .into_iter()
    .flatten()
    .any(|text| {
        let text = names::folded(text);
        let spaceless = |c: char| ('\u{3040}'..='\u{9FFF}').contains(&c) || ('\u{AC00}'..='\u{D7AF}').contains(&c);
        text.match_indices(word).any(|(at, _)| match text[..at].chars().next_back() {
            None => true,
            Some(before) => !before.is_alphanumeric() || spaceless(before),
        })
    })
}

/// Fills in many people at once, all of whom are called Common, every thousandth Rare too.
async fn crowd(db: &TestDb) {
    db.run(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 6000) \
         insert into users (id, user_name, user_name_key, email, email_key, display_name, display_name_key, origin, active, \
         status, created_at, updated_at, version) \
         select randomblob(16), 'c' || i, 'c' || i, 'c' || i || '@example.com', 'c' || i || '@example.com', \
         'Common ' || (i % 50), 'common ' || (i % 50), case when i % 2 = 0 then 'local' else 'csv' end, 1, 'new', i % 10, 0, 1 from n",
        "insert into users (id, user_name, user_name_key, email, email_key, display_name, display_name_key, origin, active, \
         status, created_at, updated_at, version) \
         select gen_random_uuid(), 'c' || i, 'c' || i, 'c' || i || '@example.com', 'c' || i || '@example.com', \
         'Common ' || (i % 50), 'common ' || (i % 50), case when i % 2 = 0 then 'local' else 'csv' end, true, 'new', i % 10, 0, 1 \
         from generate_series(1, 6000) i",
    )
    .await
    .unwrap();
    for term in [
        "insert into user_terms (term, user_id, display_name_key) select 'common', id, display_name_key from users",
        "insert into user_terms (term, user_id, display_name_key) select 'commonplace', id, display_name_key from users where created_at = 3",
        "insert into user_terms (term, user_id, display_name_key) select user_name_key, id, display_name_key from users",
        "insert into user_terms (term, user_id, display_name_key) select 'rare', id, display_name_key from users where user_name_key like 'c%000'",
    ] {
        db.run(term, term).await.unwrap();
    }
    db.run("analyze", "analyze").await.unwrap();
}

#[test]
fn a_search_walks_all_it_finds_once_however_common_the_words_are() {
    on_both(|db| async move {
        crowd(&db).await;
        let search = |q: &str| UserFilter { q: Some(q.to_owned()), ..UserFilter::default() };
        let local = |q: &str| UserFilter { origin: vec![Origin::Local], ..search(q) };
        let new = |q: &str| UserFilter { status: vec![UserStatus::New], ..search(q) };
        // What is looked for, how many there are, and by which road.
        let cases = [
            (search("common"), 6000, "straight from the words"),
            (search("comm"), 6000, "straight from the words, with people who have two that match"),
            (search("common c"), 6000, "two common words"),
            (search("rare"), 6, "a rare word"),
            (search("common rare"), 6, "a rare word and a common one"),
            (search("common nobody"), 0, "a word of nobody"),
            (local("common"), 3000, "a common word and a rare condition"),
            (new("common"), 6000, "a common word and a common condition"),
            (local("rare"), 6, "a rare word and a common condition"),
        ];
        for (filter, how_many, road) in cases {
            for sort in [None, Some("displayName"), Some("-createdAt"), Some("status")] {
                let rows = walk(&db, &filter, sort, 200).await;
                let once: HashSet<UserId> = rows.iter().map(|user| user.id).collect();
                assert_eq!((rows.len(), once.len()), (how_many, how_many), "{road}, sorted by {sort:?}");
                if let Some(sort) = sort {
                    let (sort, descending) = sort.strip_prefix('-').map_or((sort, false), |sort| (sort, true));
                    let place = |user: &User| (value(user, sort), user.id);
                    let ordered = rows.windows(2).all(|two| (place(&two[0]) > place(&two[1])) == descending);
                    assert!(ordered, "{road}, sorted by {sort}");
                }
            }
            let count = users::count(&mut db.read().await.unwrap(), &filter).await.unwrap();
            assert_eq!(count, (how_many as i64, true), "{road}");
        }
        let all = users::count(&mut db.read().await.unwrap(), &UserFilter::default()).await.unwrap();
        assert_eq!(all, (6000, true));
    });
}

#[test]
fn a_renamed_person_is_found_and_stands_where_the_new_name_says() {
    on_both(|db| async move {
        let group = db.group("Everybody here", None).await.id;
        let mut made = Vec::new();
        for name in ["Ada One", "Berta Two", "Carla Three"] {
            let new = NewUser {
                display_name: Some(name.to_owned()),
                group_ids: vec![group],
                ..NewUser::local(&format!("p{}@example.com", made.len()))
            };
            made.push(db.change(START, async |tx| users::create(tx, &Actor::cli(), new).await).await.unwrap().id);
        }
        let change = users::UserChange { display_name: Some("Zoë Berg".to_owned()), ..Default::default() };
        db.change(START, async |tx| users::update(tx, &Actor::cli(), made[0], change, None).await).await.unwrap();
        let listed = async |filter: UserFilter| ids(&walk(&db, &filter, Some("displayName"), 1).await);
        let members = UserFilter { group: Some(group), ..UserFilter::default() };
        assert_eq!(listed(members.clone()).await, [made[1], made[2], made[0]]);
        let search = |q: &str| UserFilter { q: Some(q.to_owned()), ..members.clone() };
        assert_eq!(listed(search("zoe")).await, [made[0]]);
        // One by the name's beginning and one by a word in it, in the order of names.
        assert_eq!(listed(search("ber")).await, [made[1], made[0]]);
        assert!(listed(search("ada")).await.is_empty());
        // Addresses, their domains and words in them.
        assert_eq!(listed(search("example.com")).await, [made[1], made[2], made[0]]);
        assert_eq!(listed(search("p1@exam example")).await, [made[1]]);
    });
}
