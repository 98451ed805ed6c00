//! How often something may be tried, by address and by account.

use std::{net::IpAddr, num::NonZeroU32};

use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use keystead_directory::ids::{AgentId, CardId, ScimTokenId, UserId};

use super::error::Problem;

/// Attempts to sign in to one account: 20 a minute, 10 of them at once.
const ACCOUNT: (u32, u32) = (20, 10);

/// Requests with one SCIM token: 10,000 a second, 20,000 of them at once: Entra ID sends 25 a second, and no first run
/// by whatever directory shall wait for anything but the database.
const SCIM: (u32, u32) = (600_000, 20_000);

/// Connections of agents from one address: 6,000 a minute, and as many at once. A whole company may have one address,
/// and all of its workstations come back when the server was restarted.
const LINKS: (u32, u32) = (6000, 6000);

/// Messages of one agent: 1,200 a minute, 200 of them at once. A sign-in is some ten commands.
const AGENT: (u32, u32) = (1200, 200);

/// Commands to one card, from wherever it lies: 300 a minute, 100 of them at once.
const CARD: (u32, u32) = (300, 100);

/// Looks at what became of something, from one address: 1,200 a minute, 400 of them at once. A page
/// that follows asks 20 times a minute, and a whole classroom may have one address.
const FOLLOWER: (u32, u32) = (1200, 400);

/// Short codes typed from one address: 10 a minute, 5 of them at once.
const CODES: (u32, u32) = (10, 5);

/// Short codes typed from anywhere: 120 a minute. At that rate a year of guessing finds one of ten open
/// codes (of 40 bits) with a chance of 1 in 1,700. What is scanned is not counted, so QR codes always work.
const ALL_CODES: (u32, u32) = (120, 120);

/// The counters of one server.
pub struct Limits {
    /// None: no limit.
    public: Option<DefaultKeyedRateLimiter<IpAddr>>,
    account: DefaultKeyedRateLimiter<UserId>,
    scim: DefaultKeyedRateLimiter<ScimTokenId>,
    follower: DefaultKeyedRateLimiter<IpAddr>,
    codes: DefaultKeyedRateLimiter<IpAddr>,
    links: DefaultKeyedRateLimiter<IpAddr>,
    agents: DefaultKeyedRateLimiter<AgentId>,
    cards: DefaultKeyedRateLimiter<CardId>,
    all_codes: DefaultDirectRateLimiter,
    clock: DefaultClock,
}

impl Limits {
    /// Limits of `per_minute` requests to the public endpoints from one address, a third of them
    /// at once; 0 is no limit. The limit for accounts is fixed.
    pub fn new(per_minute: u32) -> Self {
        Self {
            public: (per_minute > 0).then(|| RateLimiter::keyed(quota((per_minute, per_minute.div_ceil(3))))),
            account: RateLimiter::keyed(quota(ACCOUNT)),
            scim: RateLimiter::keyed(quota(SCIM)),
            follower: RateLimiter::keyed(quota(FOLLOWER)),
            codes: RateLimiter::keyed(quota(CODES)),
            links: RateLimiter::keyed(quota(LINKS)),
            agents: RateLimiter::keyed(quota(AGENT)),
            cards: RateLimiter::keyed(quota(CARD)),
            all_codes: RateLimiter::direct(quota(ALL_CODES)),
            clock: DefaultClock::default(),
        }
    }
}

fn quota((per_minute, burst): (u32, u32)) -> Quota {
    let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    Quota::per_minute(at_least_one(per_minute)).allow_burst(at_least_one(burst))
}

/// One household or machine has a whole /64 of IPv6: it counts as one.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl Limits {
    /// Counts a request to a public endpoint that can be guessed at (set-up, registration, sign-in).
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn public(&self, address: IpAddr) -> Result<(), Problem> {
        let Some(public) = &self.public else { return Ok(()) };
        public
            .check_key(&household(address))
            .map_err(|until| Problem::rate_limited(until.wait_time_from(self.clock.now()).as_secs() + 1))
    }

    /// Counts an attempt to sign in to an account; call it before the credential is verified.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn account(&self, user: UserId) -> Result<(), Problem> {
        self.account
            .check_key(&user)
            .map_err(|until| Problem::rate_limited(until.wait_time_from(self.clock.now()).as_secs() + 1))
    }

    /// Counts a request with a SCIM token.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn scim(&self, token: ScimTokenId) -> Result<(), Problem> {
        self.scim
            .check_key(&token)
            .map_err(|until| Problem::rate_limited(until.wait_time_from(self.clock.now()).as_secs() + 1))
    }

    /// Counts a look at what became of something.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn follower(&self, address: IpAddr) -> Result<(), Problem> {
        self.follower
            .check_key(&household(address))
            .map_err(|until| Problem::rate_limited(until.wait_time_from(self.clock.now()).as_secs() + 1))
    }

    /// Counts a short code; call it before it is looked up, so that nothing is learned from a refusal.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn code(&self, address: IpAddr) -> Result<(), Problem> {
        self.codes
            .check_key(&household(address))
            .and_then(|()| self.all_codes.check())
            .map_err(|until| Problem::rate_limited(until.wait_time_from(self.clock.now()).as_secs() + 1))
    }

    /// Counts a connection of an agent.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn link(&self, address: IpAddr) -> Result<(), Problem> {
        self.links
            .check_key(&household(address))
            .map_err(|until| Problem::rate_limited(until.wait_time_from(self.clock.now()).as_secs() + 1))
    }

    /// Whether one more message of an agent is within its limit.
    pub fn agent(&self, agent: AgentId) -> bool {
        self.agents.check_key(&agent).is_ok()
    }

    /// Whether one more command to a card is within its limit.
    pub fn card(&self, card: CardId) -> bool {
        self.cards.check_key(&card).is_ok()
    }

    /// Forgets whoever is back at a full allowance. The worker calls it every minute, so that
    /// memory is bounded by the addresses of a minute or two.
    pub fn sweep(&self) {
        if let Some(public) = &self.public {
            public.retain_recent();
            public.shrink_to_fit();
        }
        self.account.retain_recent();
        self.account.shrink_to_fit();
        self.scim.retain_recent();
        self.scim.shrink_to_fit();
        self.follower.retain_recent();
        self.follower.shrink_to_fit();
        self.codes.retain_recent();
        self.codes.shrink_to_fit();
        self.links.retain_recent();
        self.links.shrink_to_fit();
        self.agents.retain_recent();
        self.agents.shrink_to_fit();
        self.cards.retain_recent();
        self.cards.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::error::Code;

    #[test]
    fn an_address_that_tries_too_often_waits() {
        let limits = Limits::new(60);
        let address: IpAddr = "203.0.113.9".parse().unwrap();
        for _ in 0..20 {
            limits.public(address).unwrap();
        }
        assert_eq!(limits.public(address).unwrap_err().code(), Code::RateLimited);
        limits.public("203.0.113.10".parse().unwrap()).unwrap();
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let limits = Limits::new(60);
        for host in 0..20 {
            limits.public(format!("2001:db8::{host:x}").parse().unwrap()).unwrap();
        }
        assert!(limits.public("2001:db8::ffff:1".parse().unwrap()).is_err());
        limits.public("2001:db8:0:1::1".parse().unwrap()).unwrap();
    }

    #[test]
    fn a_scim_token_is_limited_far_above_what_clients_send() {
        let limits = Limits::new(60);
        let token = ScimTokenId::new();
        assert!((0..SCIM.1).all(|_| limits.scim(token).is_ok()));
        let refused = (0..SCIM.1).find_map(|_| limits.scim(token).err()).unwrap();
        assert_eq!(refused.code(), Code::RateLimited);
        limits.scim(ScimTokenId::new()).unwrap();
    }

    #[test]
    fn typed_codes_are_limited_by_address_and_for_all_together() {
        let limits = Limits::new(0);
        let address = |n: u32| IpAddr::V4(n.into());
        assert!((0..CODES.1).all(|_| limits.code(address(1)).is_ok()));
        assert_eq!(limits.code(address(1)).unwrap_err().code(), Code::RateLimited);
        // Everybody once: what is left of the whole, and not much more.
        let taken = (2..10_000).filter(|n| limits.code(address(*n)).is_ok()).count();
        assert!((100..200).contains(&taken), "{taken}");
    }

    #[test]
    fn a_classroom_of_followers_shares_an_address() {
        let limits = Limits::new(60);
        let address: IpAddr = "203.0.113.9".parse().unwrap();
        assert!((0..FOLLOWER.1).all(|_| limits.follower(address).is_ok()));
        assert!((0..100).any(|_| limits.follower(address).is_err()));
        limits.public(address).unwrap();
    }

    #[test]
    fn an_account_is_limited_whatever_the_address() {
        let limits = Limits::new(60);
        let user = UserId::new();
        for _ in 0..ACCOUNT.1 {
            limits.account(user).unwrap();
        }
        assert!(limits.account(user).is_err());
        limits.account(UserId::new()).unwrap();
    }
}
