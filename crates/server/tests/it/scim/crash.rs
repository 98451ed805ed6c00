//! The real program killed while a directory provisions: what was acknowledged is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use keystead_directory::ids::new_uuid;
use serde_json::{Value, json};

use super::{id, text};
use crate::{
    binary::{Server, keystead, run},
    support::{Answer, Request},
};

struct Client {
    address: SocketAddr,
    token: String,
    /// How much was acknowledged.
    done: AtomicUsize,
}

/// What one writer was told.
#[derive(Default)]
struct Told {
    /// People by id, with the title that was last acknowledged.
    people: BTreeMap<String, Option<String>>,
    /// Who was acknowledged as a member.
    members: BTreeSet<String>,
}

impl Client {
    fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.address, method, &format!("/api/scim/v2{path}"), "").bearer(&self.token)
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> std::io::Result<Answer> {
        let answer = self.request(method, path).json(body).attempt().await?;
        self.done.fetch_add(1, Ordering::Relaxed);
        Ok(answer)
    }

    /// Adds people, each with a title and a membership, until the server is gone.
    async fn provision(&self, group: &str) -> Told {
        let mut told = Told::default();
        loop {
            let user_name = new_uuid().to_string();
            let Ok(answer) = self.send("POST", "/Users", &json!({ "userName": user_name })).await else { return told };
            assert_eq!(answer.status, 201, "{}", answer.text());
            let person = id(&answer.json()).to_owned();
            told.people.insert(person.clone(), None);
            let title = json!({ "Operations": [{ "op": "Add", "path": "title", "value": user_name }] });
            let Ok(answer) = self.send("PATCH", &format!("/Users/{person}"), &title).await else { return told };
            assert_eq!(answer.status, 200, "{}", answer.text());
            told.people.insert(person.clone(), Some(user_name));
            let add = json!({ "Operations": [{ "op": "Add", "path": "members", "value": [{ "value": person }] }] });
            let Ok(answer) = self.send("PATCH", &format!("/Groups/{group}"), &add).await else { return told };
            assert_eq!(answer.status, 204, "{}", answer.text());
            told.members.insert(person);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_directory_was_told_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["scim-token", "create", "--name", "Entra ID", "--expires-in-days", "1"];
    let (output, token, error) = run(keystead(folder.path()).args(args));
    assert!(output.status.success(), "{error}");
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Arc::new(Client { address, token: token.trim().to_owned(), done: AtomicUsize::new(0) });
    let mut server = Server::start_at(folder.path(), address, &[]);
    let group = client.send("POST", "/Groups", &json!({ "displayName": "Crew" })).await.unwrap();
    let group = id(&group.json()).to_owned();
    let mut all = Told::default();
    for more in [25, 60, 7, 41] {
        let until = client.done.load(Ordering::Relaxed) + more;
        let mut writers = Vec::new();
        for _ in 0..5 {
            let (client, group) = (client.clone(), group.clone());
            writers.push(tokio::spawn(async move { client.provision(&group).await }));
        }
        while client.done.load(Ordering::Relaxed) < until {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill();
        for writer in writers {
            let told = writer.await.unwrap();
            all.people.extend(told.people);
            all.members.extend(told.members);
        }
        server = Server::start_at(folder.path(), address, &[]);
        for (person, title) in &all.people {
            let answer = client.request("GET", &format!("/Users/{person}")).send().await;
            assert_eq!(answer.status, 200, "{person} was acknowledged and is gone");
            let found = answer.json();
            match title {
                Some(title) => assert_eq!(found["title"], *title, "a change that was acknowledged is gone"),
                // The answer was lost on its way, or the change never came to be; nothing else.
                None => assert!(found["title"].is_null() || found["title"] == found["userName"], "{found}"),
            }
        }
        let answer = client.request("GET", &format!("/Groups/{group}")).send().await.json();
        let members: BTreeSet<String> =
            answer["members"].as_array().into_iter().flatten().map(|one| text(&one["value"])).collect();
        assert!(all.members.is_subset(&members), "a member who was acknowledged is gone");
        let listed = client.request("GET", "/Users?count=0").send().await.json()["totalResults"].as_u64().unwrap();
        let (least, most) = (all.people.len() as u64, all.people.len() as u64 + 5 * 4);
        assert!((least..=most).contains(&listed), "{listed} people, {least} were acknowledged");
    }
    assert!(all.members.len() > 20, "only {} members: nothing was put to the test", all.members.len());
    assert_eq!(server.stop().0, Some(0));
}
