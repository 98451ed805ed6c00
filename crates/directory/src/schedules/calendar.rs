//! When a schedule runs next: wall-clock times in a time zone, across changes of the clock.

use jiff::{
    ToSpan as _, Zoned,
    civil::{Time, Weekday},
    tz::TimeZone,
};

use super::Every;
use crate::{Timestamp, error::FieldError};

const MINUTES_OF_A_DAY: i64 = 24 * 60;

/// When a schedule runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// How often.
    pub every: Every,
    /// Minutes after midnight, 0 to 1439; of an hourly one after the hour, 0 to 59.
    pub minute: i64,
    /// The day of a weekly one, 0 (Monday) to 6.
    pub weekday: Option<i64>,
    /// The IANA name of the time zone.
    pub time_zone: String,
}

impl Plan {
    /// Whether it can be followed.
    ///
    /// # Errors
    /// Names the field to mend.
    pub fn check(&self) -> Result<(), FieldError> {
        let most = if self.every == Every::Hour { 60 } else { MINUTES_OF_A_DAY };
        if !(0..most).contains(&self.minute) {
            return Err(FieldError::new("at", "malformed", "Write the time as 02:30; for every hour as 00:30."));
        }
        match (self.every, self.weekday) {
            (Every::Week, Some(0..=6)) | (Every::Hour | Every::Day, None) => {}
            (Every::Week, _) => {
                return Err(FieldError::new("weekday", "required", "Choose the day, 0 (Monday) to 6 (Sunday)."));
            }
            (Every::Hour | Every::Day, Some(_)) => {
                return Err(FieldError::new("weekday", "notAllowed", "Only weekly schedules have a day."));
            }
        }
        self.zone().map(drop)
    }

    fn zone(&self) -> Result<TimeZone, FieldError> {
        TimeZone::get(&self.time_zone).map_err(|_| {
            FieldError::new("timeZone", "unknown", "Use the name of a time zone such as Europe/Berlin or UTC.")
        })
    }

    /// The first time after `after`. A time that the clock skips happens when the clock has moved
    /// on; of a time that it shows twice, the first counts.
    ///
    /// # Errors
    /// Names the field to mend.
    pub fn next_after(&self, after: Timestamp) -> Result<Timestamp, FieldError> {
        let out_of_range = || FieldError::new("at", "malformed", "This time is too far away.");
        let moment = jiff::Timestamp::from_millisecond(after.0).map_err(|_| out_of_range())?;
        let now = moment.to_zoned(self.zone()?);
        let next = match self.every {
            Every::Hour => self.next_hour(&now),
            Every::Day | Every::Week => self.next_day(&now),
        };
        next.map(|next| Timestamp(next.timestamp().as_millisecond())).map_err(|_| out_of_range())
    }

    fn next_hour(&self, now: &Zoned) -> Result<Zoned, jiff::Error> {
        // Whole hours are counted in time that passes, so that none is left out or doubled.
        let minute = i64::from(now.minute());
        let second = i64::from(now.second());
        let wait = (self.minute - minute).rem_euclid(60);
        let begun = now.checked_sub(second.seconds().nanoseconds(i64::from(now.subsec_nanosecond())))?;
        begun.checked_add(if wait == 0 { 60 } else { wait }.minutes())
    }

    fn next_day(&self, now: &Zoned) -> Result<Zoned, jiff::Error> {
        let [hour, minute] = [self.minute / 60, self.minute % 60].map(|part| i8::try_from(part).unwrap_or(0));
        let time = Time::new(hour, minute, 0, 0)?;
        let mut date = now.date();
        loop {
            let there = date.to_datetime(time).to_zoned(now.time_zone().clone())?;
            if there > *now && self.falls_on(date.weekday()) {
                return Ok(there);
            }
            date = date.tomorrow()?;
        }
    }

    fn falls_on(&self, day: Weekday) -> bool {
        self.weekday.is_none_or(|wanted| i64::from(day.to_monday_zero_offset()) == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(plan: &Plan, moment: &str) -> String {
        plan.next_after(moment.parse().unwrap()).unwrap().to_string()
    }

    fn plan(every: Every, minute: i64, weekday: Option<i64>, zone: &str) -> Plan {
        Plan { every, minute, weekday, time_zone: zone.to_owned() }
    }

    #[test]
    fn a_daily_time_is_a_wall_clocks() {
        let daily = plan(Every::Day, 150, None, "Europe/Berlin");
        assert_eq!(after(&daily, "2026-01-10T01:29:59Z"), "2026-01-10T01:30:00.000Z");
        assert_eq!(after(&daily, "2026-01-10T01:30:00Z"), "2026-01-11T01:30:00.000Z");
        assert_eq!(after(&daily, "2026-07-10T12:00:00Z"), "2026-07-11T00:30:00.000Z");
    }

    #[test]
    fn a_time_that_the_clock_skips_happens_just_after() {
        let daily = plan(Every::Day, 150, None, "Europe/Berlin");
        // On 29 March 2026 Berlin's clocks go from 02:00 to 03:00.
        assert_eq!(after(&daily, "2026-03-28T12:00:00Z"), "2026-03-29T01:30:00.000Z");
        assert_eq!(after(&daily, "2026-03-29T01:30:00Z"), "2026-03-30T00:30:00.000Z");
    }

    #[test]
    fn a_time_that_the_clock_shows_twice_happens_once() {
        let daily = plan(Every::Day, 150, None, "Europe/Berlin");
        // On 25 October 2026 Berlin's clocks go from 03:00 to 02:00.
        assert_eq!(after(&daily, "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00.000Z");
        assert_eq!(after(&daily, "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00.000Z");
    }

    #[test]
    fn hours_pass_evenly_through_a_change_of_the_clock() {
        let hourly = plan(Every::Hour, 15, None, "Europe/Berlin");
        let mut moment = "2026-10-24T23:50:00Z".to_owned();
        for expected in ["00:15", "01:15", "02:15", "03:15"] {
            moment = after(&hourly, &moment);
            assert_eq!(moment, format!("2026-10-25T{expected}:00.000Z"));
        }
        let half = plan(Every::Hour, 15, None, "Asia/Kolkata");
        assert_eq!(after(&half, "2026-01-01T00:00:00Z"), "2026-01-01T00:45:00.000Z");
    }

    #[test]
    fn a_week_has_its_day() {
        let weekly = plan(Every::Week, 0, Some(6), "UTC");
        assert_eq!(after(&weekly, "2026-11-22T00:00:00Z"), "2026-11-29T00:00:00.000Z");
        assert_eq!(after(&weekly, "2026-11-21T23:59:59Z"), "2026-11-22T00:00:00.000Z");
    }

    #[test]
    fn what_can_not_be_followed_is_refused_by_its_field() {
        let field = |plan: Plan| plan.check().unwrap_err().field;
        assert_eq!(field(plan(Every::Day, 1440, None, "UTC")), "at");
        assert_eq!(field(plan(Every::Hour, 60, None, "UTC")), "at");
        assert_eq!(field(plan(Every::Week, 0, None, "UTC")), "weekday");
        assert_eq!(field(plan(Every::Week, 0, Some(7), "UTC")), "weekday");
        assert_eq!(field(plan(Every::Day, 0, Some(1), "UTC")), "weekday");
        assert_eq!(field(plan(Every::Day, 0, None, "Mars/Olympus")), "timeZone");
    }
}
