//! The user's limits, kept in this browser.

use super::schedule::Hours;
use crate::browser;

const SLOTS: &str = "manyhands.slots";
const MEMORY: &str = "manyhands.memory-mib";
const ON_BATTERY: &str = "manyhands.on-battery";
const YIELDS: &str = "manyhands.yields";
const HOURS: &str = "manyhands.hours";
const DATA: &str = "manyhands.data-mib";

/// The least and the most memory of one task that can be chosen, MiB.
pub(crate) const MEMORY_MIB: [u32; 4] = [128, 256, 512, 1024];
/// Data of a day that can be chosen as the most, MiB.
pub(crate) const DATA_MIB: [u32; 4] = [100, 500, 2048, 10_240];
/// What a task may have by default: the default of jobs, twice over.
const DEFAULT_MEMORY_MIB: u32 = 512;
/// What browsers report at most is below this; a saved number may be anything.
const MAX_SLOTS: u16 = 128;

/// The limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Cores: guests that run at once.
    pub(crate) slots: u16,
    /// Most memory of one task, MiB.
    pub(crate) memory_mib: u32,
    /// Compute on battery too.
    pub(crate) on_battery: bool,
    /// Pause while the machine is at its limit. What this page computes is part of that load, so it is the user's choice.
    pub(crate) yields: bool,
    /// Compute only at these hours.
    pub(crate) hours: Option<Hours>,
    /// Send and receive at most so much on a day, MiB.
    pub(crate) data_mib: Option<u32>,
}

impl Settings {
    /// What was chosen in this browser before.
    pub(crate) fn saved() -> Self {
        let slots = browser::saved(SLOTS).and_then(|text| text.parse().ok());
        let memory = browser::saved(MEMORY).and_then(|text| text.parse().ok());
        Self {
            slots: slots
                .unwrap_or_else(|| default_slots(cores()))
                .clamp(1, cores()),
            memory_mib: memory
                .filter(|memory| MEMORY_MIB.contains(memory))
                .unwrap_or(DEFAULT_MEMORY_MIB),
            on_battery: is_yes(ON_BATTERY),
            yields: is_yes(YIELDS),
            hours: browser::saved(HOURS).and_then(|text| text.parse().ok()),
            data_mib: browser::saved(DATA)
                .and_then(|text| text.parse().ok())
                .filter(|mib| DATA_MIB.contains(mib)),
        }
    }

    /// Keeps them.
    pub(super) fn save(self) {
        browser::save(SLOTS, &self.slots.to_string());
        browser::save(MEMORY, &self.memory_mib.to_string());
        for (name, is_so) in [(ON_BATTERY, self.on_battery), (YIELDS, self.yields)] {
            browser::save(name, if is_so { "yes" } else { "no" });
        }
        let hours = self.hours.map(|hours| hours.to_string());
        browser::save(HOURS, &hours.unwrap_or_default());
        let data = self.data_mib.map(|mib| mib.to_string());
        browser::save(DATA, &data.unwrap_or_default());
    }

    /// Most memory of one task, pages of 64 KiB.
    pub(super) const fn memory_pages(self) -> u32 {
        self.memory_mib.saturating_mul(16)
    }
}

/// Whether a choice was kept as yes.
fn is_yes(name: &str) -> bool {
    browser::saved(name).as_deref() == Some("yes")
}

/// Cores that the browser reports.
pub(crate) fn cores() -> u16 {
    let reported = browser::window().navigator().hardware_concurrency();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of any float saturates, and the number is clamped"
    )]
    let cores = reported as u16;
    cores.clamp(1, MAX_SLOTS)
}

/// Half of the cores, so that the machine stays the user's.
pub(crate) const fn default_slots(cores: u16) -> u16 {
    if cores < 2 { 1 } else { cores / 2 }
}

#[cfg(test)]
mod tests {
    use super::default_slots;

    #[test]
    fn half_of_the_cores_are_lent_and_at_least_one() {
        assert_eq!([1, 2, 3, 8].map(default_slots), [1, 1, 1, 4]);
    }
}
