//! What a volunteer's browser makes of a core, and how soon: one Chromium on a coordinator of its own.

mod first;
mod share;
mod stop;

use crate::browser::Browser;
use crate::cluster::Cluster;
use serde::Serialize;
use std::time::Duration;

/// How long a share is measured.
const WINDOW: Duration = Duration::from_secs(20);
/// Browsers with a new profile that open the page, one after the other.
const COLD_STARTS: usize = 5;

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Part of a core's time in the guest, tasks of about 10 ms, percent.
    pub guest_share_10ms_percent: f64,
    /// How long those tasks really took, ms.
    pub task_10ms: f64,
    /// Part of a core's time in the guest, tasks of about 100 ms, percent.
    pub guest_share_100ms_percent: f64,
    /// How long those tasks really took, ms.
    pub task_100ms: f64,
    /// From the start of the navigation until Start can be pressed, a new profile each time, the middle one, ms.
    pub interactive_ms: f64,
    /// From opening the page, with Start pressed as soon as it is there, until the first vote is verified, s.
    pub first_receipt_s: f64,
    /// From the click on Stop, while guests run, until no worker is left, ms.
    pub stop_ms: f64,
}

/// Measures one after the other.
///
/// # Panics
/// When Chromium or the coordinator does not do what the tests ask of them.
#[must_use]
pub fn run() -> Figures {
    let mut cold: Vec<f64> = (0..COLD_STARTS).map(|_| first::interactive_ms()).collect();
    cold.sort_by(f64::total_cmp);
    let interactive_ms = cold.get(COLD_STARTS / 2).copied().unwrap_or_default();
    let first_receipt_s = first::receipt_s();
    let stop_ms = stop::stop_ms();
    let mut cluster = Cluster::start(&[]);
    // Votes must settle for more tasks to come. This volunteer takes no time of the machine: it votes, without running the
    // guest, for the empty output, which is right.
    cluster.volunteer("ann", &["--misbehave", "copy"]);
    let browser = Browser::start();
    browser.open(&cluster.url());
    browser.fill("#cores", "1");
    browser.click("#start");
    browser.until_connected();
    let steps_a_ms = share::steps_a_ms(&cluster, &browser);
    let (short_task, short) = share::share(&cluster, &browser, steps_a_ms * 10.0);
    let (long_task, long) = share::share(&cluster, &browser, steps_a_ms * 100.0);
    Figures {
        guest_share_10ms_percent: short * 100.0,
        task_10ms: short_task,
        guest_share_100ms_percent: long * 100.0,
        task_100ms: long_task,
        interactive_ms,
        first_receipt_s,
        stop_ms,
    }
}
