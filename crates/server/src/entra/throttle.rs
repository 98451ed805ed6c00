//! Microsoft's wish to wait, obeyed by all requests of this server together.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use http::{HeaderMap, header};
use keystead_directory::{Timestamp, secret};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Requests that are under way at a time.
const AT_A_TIME: usize = 4;

/// The gate that every request to Graph goes through.
pub struct Throttle {
    places: Semaphore,
    pause: Mutex<Option<Pause>>,
}

#[derive(Clone, Copy)]
struct Pause {
    until: Instant,
    /// The same by the calendar, for people.
    shown: Timestamp,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { places: Semaphore::new(AT_A_TIME), pause: Mutex::new(None) }
    }
}

impl Throttle {
    /// Waits for a place and for the end of the pause.
    pub async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        let place = self.places.acquire().await.ok()?;
        while let Some(pause) = self.current() {
            tokio::time::sleep_until(pause.until.into()).await;
        }
        Some(place)
    }

    fn current(&self) -> Option<Pause> {
        let mut pause = self.pause.lock().ok()?;
        if pause.is_some_and(|pause| pause.until <= Instant::now()) {
            *pause = None;
        }
        *pause
    }

    /// Until when requests wait, for people to read.
    pub fn paused_until(&self) -> Option<Timestamp> {
        self.current().map(|pause| pause.shown)
    }

    /// Lets all requests wait; of two wishes the longer one counts.
    pub fn pause(&self, time: Duration) {
        let until = Instant::now() + time;
        let shown = Timestamp(Timestamp::now().0.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)));
        if let Ok(mut pause) = self.pause.lock()
            && pause.is_none_or(|known| known.until < until)
        {
            *pause = Some(Pause { until, shown });
        }
    }
}

/// How long an answer asks to wait: seconds, with decimals too, or a date (RFC 9110, 10.2.3).
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    u64::try_from(date.as_millisecond().saturating_sub(now.0)).ok().map(Duration::from_millis).or(Some(Duration::ZERO))
}

/// The wait before the next try: doubling from `first` to `longest`, shortened by up to a half so
/// that those who failed together don't come back together.
pub fn backoff(first: Duration, longest: Duration, failures: u32) -> Duration {
    let whole = first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(longest);
    let [byte] = secret::random::<1>();
    whole.mul_f64(1.0 - f64::from(byte) / 512.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Duration> {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().unwrap())]), now)
    }

    #[test]
    fn every_form_of_a_wish_to_wait_is_read() {
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read(" 0.25 "), Some(Duration::from_millis(250)));
        assert_eq!(read("Sun, 22 Nov 2026 10:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(read("Sun, 22 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        for nonsense in ["soon", "", "-3", "NaN", "inf"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn waits_grow_to_a_limit_and_differ() {
        let wait = |failures| backoff(Duration::from_secs(1), Duration::from_secs(30), failures);
        assert!(wait(1) > Duration::from_millis(499) && wait(1) <= Duration::from_secs(1));
        assert!(wait(60) <= Duration::from_secs(30) && wait(60) >= Duration::from_secs(15));
        let some: std::collections::BTreeSet<_> = (0..20).map(|_| wait(3)).collect();
        assert!(some.len() > 1);
    }

    #[tokio::test]
    async fn one_pause_holds_all_back_and_the_longer_wish_counts() {
        let throttle = Throttle::default();
        throttle.pause(Duration::from_millis(300));
        throttle.pause(Duration::from_millis(10));
        assert!(throttle.paused_until().is_some());
        drop(throttle.enter().await);
        assert!(throttle.paused_until().is_none());
    }
}
