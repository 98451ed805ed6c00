//! Collections that Graph gives page by page.

use std::{
    collections::HashSet,
    hash::{BuildHasher as _, RandomState},
};

use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{
    Failure,
    graph::{Graph, Needs, Refusal},
};

/// How often a collection is begun again when its pages die.
const RESTARTS: u32 = 3;

/// A page as it is sent.
#[derive(Deserialize)]
struct Page<T> {
    value: Vec<T>,
    #[serde(default, rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(default, rename = "@odata.deltaLink")]
    delta: Option<String>,
}

/// Walks through a collection, one page after the other. Pages may be empty, and things may come twice.
pub struct Pages<'g> {
    graph: &'g Graph,
    needs: Needs,
    begin: Url,
    next: Option<Url>,
    /// Hashes of the addresses that were asked for: links can be long.
    seen: HashSet<u64>,
    hasher: RandomState,
    restarts: u32,
    /// After the last page of a delta query: where the next changes are asked for.
    pub delta_link: Option<String>,
}

impl<'g> Pages<'g> {
    /// Begins at this address.
    pub fn new(graph: &'g Graph, begin: Url, needs: Needs) -> Self {
        let next = Some(begin.clone());
        Self {
            graph,
            needs,
            begin,
            next,
            seen: HashSet::new(),
            hasher: RandomState::new(),
            restarts: 0,
            delta_link: None,
        }
    }

    /// The next page; none after the last. When a page's token has died, everything comes again
    /// from the beginning.
    ///
    /// # Errors
    /// [`Refusal`]; also when the pages don't end, go in a circle, or lead elsewhere.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<Vec<T>>, Refusal> {
        loop {
            let Some(url) = self.next.take() else { return Ok(None) };
            if self.seen.len() >= self.graph.most_pages() {
                return Err(endless("It does not end.").into());
            }
            if !self.seen.insert(self.hasher.hash_one(&url)) {
                return Err(endless("Its pages go in a circle.").into());
            }
            let page: Page<T> = match self.graph.get(&url, self.needs).await {
                Err(Refusal::ExpiredPage) if self.restarts < RESTARTS => {
                    tracing::info!("a page of Microsoft Graph has expired: its collection is read again");
                    self.restarts += 1;
                    self.seen.clear();
                    self.next = Some(self.begin.clone());
                    continue;
                }
                other => other?,
            };
            self.next = page.next.as_deref().map(|link| self.ours(link)).transpose()?;
            if let Some(link) = page.delta {
                self.ours(&link)?;
                self.delta_link = Some(link);
            }
            return Ok(Some(page.value));
        }
    }

    /// The address of a link, if it leads to Graph.
    fn ours(&self, link: &str) -> Result<Url, Failure> {
        let url = Url::parse(link).map_err(|_| super::graph::nonsense())?;
        if self.graph.is_ours(&url) {
            return Ok(url);
        }
        Err(Failure::new(
            "foreignLink",
            "Microsoft Graph's answer leads to another address. Keystead does not follow it, because its token would go \
             there. Check the cloud and, if it is a custom one, its addresses.",
        ))
    }
}

fn endless(what: &str) -> Failure {
    Failure::new(
        "endlessPages",
        format!("Microsoft Graph's list can't be read: {what} Nothing was changed. Try again later."),
    )
}
