//! People, groups and keys that tests begin with.

use keystead_directory::{
    Result, Timestamp, Tx, activations,
    actor::{Actor, ActorType},
    credentials::{self, Credential, NewCredential, Use},
    groups::{self, Group, NewGroup},
    ids::{ActivationId, GroupId, KeyId, UserId},
    keys::{self, Assigned, Key, KeyKind, NewKey},
    roles::{self, Role, Roles},
    secret::{self, Token},
    sessions,
    users::{self, NewUser, User},
};

use super::TestDb;

/// The moment at which tests begin.
pub const START: Timestamp = Timestamp(1_795_000_000_000);

/// The registration and all later things of a person's browser.
pub fn browser() -> Actor {
    Actor { kind: ActorType::Link, ip: Some("192.0.2.7".to_owned()), ..Actor::cli() }
}

/// The person as an actor, with the roles that they hold now.
pub async fn acting(tx: &mut Tx, user: &User) -> Actor {
    Actor {
        kind: ActorType::User,
        id: Some(user.id.0),
        name: user.display_name.clone(),
        roles: roles::of_user(tx, user.id).await.unwrap(),
        ip: Some("192.0.2.1".to_owned()),
        user_agent: Some("test".to_owned()),
        request_id: Some("request-1".to_owned()),
    }
}

/// Someone with this role who is nobody in the database.
pub fn someone(role: Role) -> Actor {
    Actor {
        kind: ActorType::User,
        id: Some(UserId::new().0),
        name: format!("{role:?}"),
        roles: Roles::of(role),
        ..Actor::cli()
    }
}

/// A hardware key without wishes.
pub fn hardware() -> NewKey {
    NewKey { kind: KeyKind::HardwareKey, name: None, note: None }
}

/// What an authenticator would have proved.
pub fn proved(credential_id: &[u8]) -> NewCredential {
    NewCredential {
        credential_id: credential_id.to_vec(),
        record: "{\"counter\":0}".to_owned(),
        aaguid: None,
        model: Some("Model One".to_owned()),
        transports: vec!["usb".to_owned(), "nfc".to_owned()],
        backup_eligible: false,
        backed_up: false,
        attestation_format: "none".to_owned(),
        algorithm: "ES256".to_owned(),
        sign_count: 1,
        ip: Some("192.0.2.7".to_owned()),
        user_agent: Some("Firefox".to_owned()),
    }
}

/// A credential id that nobody else has.
pub fn fresh_credential() -> NewCredential {
    proved(&secret::random::<32>())
}

/// A use of a credential with this counter.
pub fn touched(sign_count: i64) -> Use {
    Use { record: None, sign_count, backed_up: false }
}

impl TestDb {
    pub async fn person(&self, email: &str) -> User {
        self.change(START, async |tx| users::create(tx, &Actor::cli(), NewUser::local(email)).await).await.unwrap()
    }

    pub async fn user(&self, id: UserId) -> User {
        users::get(&mut self.read().await.unwrap(), id).await.unwrap()
    }

    pub async fn key(&self, id: KeyId) -> Key {
        keys::get(&mut self.read().await.unwrap(), id).await.unwrap()
    }

    pub async fn group(&self, name: &str, role: Option<Role>) -> Group {
        let new = NewGroup { name: name.to_owned(), description: None, role };
        self.change(START, async |tx| groups::create(tx, &Actor::cli(), new).await).await.unwrap()
    }

    pub async fn join(&self, group: GroupId, user: &User) {
        self.change(START, async |tx| groups::set_membership(tx, &Actor::cli(), group, user, true).await)
            .await
            .unwrap();
    }

    /// A person with a role, through a group made for it.
    pub async fn person_with_role(&self, email: &str, role: Role) -> User {
        let user = self.person(email).await;
        let group = self.group(&format!("{role:?} of {email}"), Some(role)).await;
        self.join(group.id, &user).await;
        user
    }

    /// An owner who can sign in.
    pub async fn owner(&self, email: &str) -> (User, Key) {
        let user = self.person_with_role(email, Role::Owner).await;
        let key = self.active_key(&user).await;
        (self.user(user.id).await, key)
    }

    pub async fn assign(&self, user: &User) -> Assigned {
        self.change(START, async |tx| keys::assign(tx, &Actor::cli(), user, hardware()).await).await.unwrap()
    }

    pub async fn complete(&self, token: &Token, credential: NewCredential, now: Timestamp) -> Result<(User, Key)> {
        self.change(now, async |tx| {
            activations::complete(tx, &browser(), token, KeyKind::HardwareKey, credential).await
        })
        .await
    }

    /// A key that its holder registered.
    pub async fn active_key(&self, user: &User) -> Key {
        let assigned = self.assign(user).await;
        self.complete(&assigned.token, fresh_credential(), START).await.unwrap().1
    }

    pub async fn credential_of(&self, user: UserId) -> Credential {
        credentials::of_user(&mut self.read().await.unwrap(), user).await.unwrap().remove(0)
    }

    /// Signs a person in with their newest credential.
    pub async fn session(&self, user: &User, now: Timestamp) -> Token {
        let credential = self.credential_of(user.id).await;
        self.change(now, async |tx| Ok(sessions::open(tx, &browser(), user, &credential).await?.0)).await.unwrap()
    }

    /// Whether a session lives.
    pub async fn lives(&self, token: &Token, now: Timestamp) -> bool {
        sessions::find(&mut self.read().await.unwrap(), token, now).await.unwrap().is_some()
    }

    /// A link for a key, as its id.
    pub async fn state_of_link(&self, id: ActivationId) -> String {
        let mut conn = self.read().await.unwrap();
        let mut sql = keystead_directory::db::filter::Sql::new("select state from activations where id = ");
        sql.bind(id.0);
        let (state,): (String,) = sql.run(&mut conn).one().await.unwrap();
        state
    }
}
