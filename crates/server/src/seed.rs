//! Made-up people for demonstrations and measurements, added through the same functions that the
//! API uses. Their keys are of no authenticator: nobody can sign in with them.

use keystead_directory::{
    Error, Result, Timestamp, Tx, activations,
    actor::{Actor, ActorType},
    credentials::{self, NewCredential, Use},
    groups::{self, GroupFilter, NewGroup},
    ids::GroupId,
    keys::{self, KeyKind, NewKey, Step},
    page::PageRequest,
    secret, sessions,
    users::{self, NewUser, User, UserFilter},
};
use uuid::Uuid;

use crate::app::App;

const FIRST: [&str; 40] = [
    "Amara", "Anders", "Aisha", "Björn", "Camille", "Chen", "Dalia", "Diego", "Elif", "Emma", "Farid", "Fiona",
    "Goran", "Hana", "Hugo", "Ines", "Ivan", "Jane", "Jonas", "Kaja", "Kenji", "Lars", "Leila", "Lucía", "Marek",
    "Mei", "Nadia", "Noah", "Olu", "Priya", "Rania", "Rasmus", "Sofía", "Søren", "Tariq", "Tereza", "Ulrike", "Viktor",
    "Yara", "Zoë",
];
const LAST: [&str; 40] = [
    "Abbott",
    "Almeida",
    "Andersson",
    "Bauer",
    "Bianchi",
    "Çelik",
    "Cohen",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Horvat",
    "Ibrahim",
    "Ivanova",
    "Jensen",
    "Kaya",
    "Kowalski",
    "Kumar",
    "Larsen",
    "Lindqvist",
    "López",
    "Martin",
    "Mbeki",
    "Müller",
    "Nakamura",
    "Novák",
    "Nyström",
    "Okafor",
    "Olsen",
    "Papadopoulos",
    "Patel",
    "Rossi",
    "Sato",
    "Schmidt",
    "Silva",
    "Tanaka",
    "Virtanen",
    "Wójcik",
    "Zhang",
];
const TITLES: [&str; 10] = [
    "Accountant",
    "Administrator",
    "Analyst",
    "Consultant",
    "Engineer",
    "Nurse",
    "Project Manager",
    "Researcher",
    "Technician",
    "Team Lead",
];
const DEPARTMENTS: [&str; 8] =
    ["Engineering", "Finance", "Human Resources", "Legal", "Operations", "Research", "Sales", "Support"];
const MODELS: [(&str, u128); 3] = [
    ("YubiKey 5 Series with NFC", 0x2fc0_579f_8113_47ea_b116_bb5a_8db9_202a),
    ("YubiKey 5 Series", 0xee88_2879_721c_4913_9775_3dfc_ce97_072a),
    ("Security Key NFC by Yubico", 0xa4e9_fc6d_4cbe_4758_b8ba_3759_8bb5_bbaa),
];

/// So many people share a transaction.
const BATCH: u32 = 200;
/// People were added and their keys registered so long ago: less than any link lives, so that those who wait
/// for theirs still can.
const ADDED_HOURS_AGO: i64 = 20;
/// When people signed in since, in hours before now.
const SIGN_INS: [i64; 8] = [17, 14, 11, 8, 6, 4, 2, 1];
/// So many of them signed in: enough to look at. A million for measurements are added quicker without.
const MOST_SIGN_INS: usize = 1000;
const BROWSERS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
];

/// Numbers that look random and are the same each time (SplitMix64): a demonstration can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % limit as u64).unwrap_or(0)
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// Adds this many people, beside whoever is there, and tells how many it added.
///
/// # Errors
/// Those of the domain; what was added before stays.
pub async fn demo(app: &App, people: u32) -> Result<u32> {
    let (before, _) = users::count(&mut app.db.read().await?, &UserFilter::default()).await?;
    let mut chance = Chance(before.unsigned_abs());
    let departments = departments(app).await?;
    let mut added = 0;
    let mut holders = Vec::new();
    while added < people {
        let mut tx = app.db.write(Timestamp::now().plus_hours(-ADDED_HOURS_AGO)).await?;
        let until = people.min(added + BATCH);
        while added < until {
            let number = before + i64::from(added);
            let user = person(&mut tx, &mut chance, number, &departments).await?;
            holders.extend(keys_of(&mut tx, &mut chance, user).await?.filter(|_| holders.len() < MOST_SIGN_INS));
            added += 1;
        }
        tx.commit().await?;
        tracing::info!(added, people, "adding made-up people");
    }
    sign_ins(app, &mut chance, &holders).await?;
    Ok(added)
}

/// Lets most of these people have signed in and out since they were added.
async fn sign_ins(app: &App, chance: &mut Chance, holders: &[(User, Vec<u8>)]) -> Result<()> {
    let when: Vec<usize> = holders.iter().map(|_| chance.below(SIGN_INS.len() + 1)).collect();
    for (moment, hours) in SIGN_INS.into_iter().enumerate() {
        let mut tx = app.db.write(Timestamp::now().plus_hours(-hours)).await?;
        for ((user, credential), _) in holders.iter().zip(&when).filter(|(_, at)| **at == moment) {
            let Some(credential) = credentials::find(&mut tx, credential).await? else { continue };
            let actor = Actor {
                kind: ActorType::User,
                id: Some(user.id.0),
                name: user.display_name.clone(),
                // An address of the range that is kept for examples (RFC 5737).
                ip: Some(format!("198.51.100.{}", 1 + chance.below(250))),
                user_agent: Some(chance.of(&BROWSERS).to_owned()),
                ..Actor::cli()
            };
            let proof = Use { record: None, sign_count: credential.sign_count + 1, backed_up: false };
            if let Ok(user) = sessions::admit(&mut tx, &credential, &proof).await? {
                let (_, session) = sessions::open(&mut tx, &actor, &user, &credential).await?;
                sessions::end(&mut tx, &actor, session, &user).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

/// The groups, one per department; those of an earlier run are taken again.
async fn departments(app: &App) -> Result<Vec<GroupId>> {
    let mut ids = Vec::new();
    for name in DEPARTMENTS {
        let mut tx = app.db.write(Timestamp::now()).await?;
        let new = NewGroup { name: name.to_owned(), description: Some(format!("Everyone in {name}.")), role: None };
        match groups::create(&mut tx, &Actor::cli(), new).await {
            Ok(group) => {
                tx.commit().await?;
                ids.push(group.id);
            }
            Err(Error::Taken(_)) => {
                let filter = GroupFilter { q: Some(name.to_owned()), ..GroupFilter::default() };
                let found =
                    groups::list(&mut app.db.read().await?, &filter, &PageRequest::new(None, None, None)?).await?;
                ids.extend(found.items.iter().find(|group| group.name == name).map(|group| group.id));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(ids)
}

async fn person(tx: &mut Tx, chance: &mut Chance, number: i64, departments: &[GroupId]) -> Result<User> {
    let (given, family) = (chance.of(&FIRST), chance.of(&LAST));
    let department = chance.below(DEPARTMENTS.len());
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    let new = NewUser {
        given_name: Some(given.to_owned()),
        family_name: Some(family.to_owned()),
        title: Some(chance.of(&TITLES).to_owned()),
        department: Some(DEPARTMENTS[department].to_owned()),
        group_ids: departments.get(department).copied().into_iter().collect(),
        ..NewUser::local(&format!("{}.{}{number}@example.com", plain(given), plain(family)))
    };
    users::create(tx, &Actor::cli(), new).await
}

/// What a person has of keys: most an active one, some a waiting one or none. Tells of a registered one whose it is.
async fn keys_of(tx: &mut Tx, chance: &mut Chance, user: User) -> Result<Option<(User, Vec<u8>)>> {
    let actor = Actor::cli();
    let fate = chance.below(100);
    if fate < 10 {
        return Ok(None);
    }
    let new = NewKey { kind: KeyKind::HardwareKey, name: None, note: None };
    let assigned = keys::assign(tx, &actor, &user, new).await?;
    if fate < 25 {
        return Ok(None);
    }
    let (model, aaguid) = chance.of(&MODELS);
    let credential_id = secret::random::<32>().to_vec();
    let credential = NewCredential {
        credential_id: credential_id.clone(),
        record: "{}".to_owned(),
        aaguid: Some(Uuid::from_u128(aaguid)),
        model: Some(model.to_owned()),
        transports: vec!["usb".to_owned(), "nfc".to_owned()],
        backup_eligible: false,
        backed_up: false,
        attestation_format: "packed".to_owned(),
        algorithm: "ES256".to_owned(),
        sign_count: 0,
        ip: None,
        user_agent: None,
    };
    activations::complete(tx, &actor, &assigned.token, KeyKind::HardwareKey, credential).await?;
    match fate {
        25..30 => drop(keys::step(tx, &actor, assigned.key.id, Step::Suspend, Some("lost"), None).await?),
        30..33 => drop(keys::step(tx, &actor, assigned.key.id, Step::Revoke, Some("replaced"), None).await?),
        33..36 => drop(users::set_active(tx, &actor, user.id, false, None).await?),
        _ => {}
    }
    Ok(Some((user, credential_id)))
}
