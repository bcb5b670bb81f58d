//! When and how much: the user's hours of the day, and the data of a day.

use std::fmt;
use std::str::FromStr;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// Hours of the day at which to compute, by the clock on the wall. They may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hours {
    /// First minute of the day.
    pub(crate) from: u16,
    /// The minute after the last.
    pub(crate) to: u16,
}

impl Hours {
    /// At night, when first asked for.
    pub(crate) const NIGHT: Self = Self {
        from: 22 * 60,
        to: 7 * 60,
    };

    /// Whether this minute of the day is one of them. From and to the same minute are the whole day.
    pub(crate) const fn contain(self, minute: u16) -> bool {
        if self.from < self.to {
            self.from <= minute && minute < self.to
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

/// `22:00-07:00`
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", clock_face(self.from), clock_face(self.to))
    }
}

impl FromStr for Hours {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (from, to) = text.split_once('-').ok_or(())?;
        let from = minute_of(from).ok_or(())?;
        let to = minute_of(to).ok_or(())?;
        Ok(Self { from, to })
    }
}

/// `07:00`, as fields for times have it.
pub(crate) fn clock_face(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The minute of the day of `07:00`.
pub(crate) fn minute_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60)
        .then(|| hours.checked_mul(60)?.checked_add(minutes))
        .flatten()
        .filter(|minute| *minute < DAY)
}

/// How much was sent and received on a day, over all sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Meter {
    /// The day, as `2026-11-02`.
    day: String,
    bytes: u64,
    /// What the present session had told when it was last looked at.
    told: u64,
}

impl Meter {
    /// What was kept of earlier sessions: the day, a space, the bytes.
    pub(crate) fn read(kept: &str) -> Self {
        let (day, bytes) = kept.split_once(' ').unwrap_or_default();
        Self {
            day: day.to_owned(),
            bytes: bytes.parse().unwrap_or_default(),
            told: 0,
        }
    }

    /// What to keep.
    pub(crate) fn kept(&self) -> String {
        format!("{} {}", self.day, self.bytes)
    }

    /// A new session begins to count at nothing.
    pub(crate) const fn begin(&mut self) {
        self.told = 0;
    }

    /// Takes in what the session has sent and received by now; true when the day's bytes have changed.
    pub(crate) fn take(&mut self, day: &str, session_bytes: u64) -> bool {
        let is_new_day = self.day != day;
        if is_new_day {
            day.clone_into(&mut self.day);
            self.bytes = 0;
        }
        let more = session_bytes.saturating_sub(self.told);
        self.told = session_bytes;
        self.bytes = self.bytes.saturating_add(more);
        is_new_day || more > 0
    }

    /// A new day begins with nothing.
    pub(crate) fn look_at_day(&mut self, day: &str) {
        self.take(day, self.told);
    }

    /// Whether the day has had this many MiB.
    pub(crate) fn has_reached(&self, mib: u32) -> bool {
        self.bytes >= u64::from(mib) << 20
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_go_over_midnight_and_may_be_the_whole_day() {
        let at = |text: &str| minute_of(text).unwrap();
        let night: Hours = "22:00-07:00".parse().unwrap();
        assert_eq!(night, Hours::NIGHT);
        for (time, is_in) in [
            ("21:59", false),
            ("22:00", true),
            ("06:59", true),
            ("07:00", false),
        ] {
            assert_eq!(night.contain(at(time)), is_in, "{time}");
        }
        let office: Hours = "09:30-17:00".parse().unwrap();
        assert!(
            office.contain(at("09:30"))
                && !office.contain(at("17:00"))
                && !office.contain(at("00:00"))
        );
        let always: Hours = "08:00-08:00".parse().unwrap();
        assert!(always.contain(at("08:00")) && always.contain(at("07:59")));
        assert_eq!(night.to_string(), "22:00-07:00");
    }

    #[test]
    fn what_is_no_time_of_the_day_is_refused() {
        for text in [
            "",
            "8",
            "24:00-07:00",
            "08:60-09:00",
            "-",
            "99999:0-1:0",
            "08:00",
        ] {
            assert_eq!(text.parse::<Hours>(), Err(()), "{text}");
        }
    }

    #[test]
    fn the_data_of_a_day_add_up_over_sessions_and_begin_anew_with_the_next_day() {
        let mut meter = Meter::read("2026-11-02 1048000");
        assert!(!meter.has_reached(1));
        assert!(meter.take("2026-11-02", 500));
        assert!(!meter.take("2026-11-02", 500), "nothing more was sent");
        assert!(meter.take("2026-11-02", 576));
        assert!(meter.has_reached(1));
        meter.begin();
        assert!(meter.take("2026-11-02", 24));
        assert_eq!(meter.kept(), "2026-11-02 1048600");
        assert!(meter.take("2026-11-03", 24), "a new day");
        assert_eq!(meter.kept(), "2026-11-03 0");
        assert_eq!(Meter::read("x").kept(), " 0");
    }
}
