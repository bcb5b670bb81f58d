//! The addresses of the pages. The coordinator serves the same page for each of them (`coordinator/src/web.rs`).

use shared::ids::JobId;
use yew_router::Routable;

/// A page and what its address says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Routable)]
pub(crate) enum Route {
    /// Lend cores.
    #[at("/")]
    Volunteer,
    /// One's jobs.
    #[at("/jobs")]
    Jobs,
    /// Post a job.
    #[at("/jobs/new")]
    Submit,
    /// One job.
    #[at("/jobs/:id")]
    Job {
        /// Which.
        id: JobId,
    },
    /// The ledger.
    #[at("/ledger")]
    Ledger,
    /// A block of it.
    #[at("/ledger/blocks/:height")]
    Block {
        /// Which.
        height: u64,
    },
    /// An entry of it.
    #[at("/ledger/entries/:index")]
    Entry {
        /// Which.
        index: u64,
    },
    /// What the coordinator is doing now.
    #[at("/status")]
    Status,
    /// Nothing is there.
    #[not_found]
    #[at("/404")]
    NotFound,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_leads_to_its_page() {
        let id = JobId([7; 32]);
        let job = format!("/jobs/{id}");
        for (path, route) in [
            ("/", Route::Volunteer),
            ("/jobs", Route::Jobs),
            ("/jobs/new", Route::Submit),
            (job.as_str(), Route::Job { id }),
            ("/ledger", Route::Ledger),
            ("/ledger/blocks/7", Route::Block { height: 7 }),
            ("/ledger/entries/0", Route::Entry { index: 0 }),
            ("/ledger/entries/-1", Route::NotFound),
            ("/status", Route::Status),
            ("/jobs/short", Route::NotFound),
            ("/nothing", Route::NotFound),
        ] {
            let found = Route::recognize(path).unwrap_or(Route::NotFound);
            assert_eq!(found, route, "{path}");
        }
    }
}
