//! The application: what all pages share, and which page an address shows.

use crate::compute::ComputeProvider;
use crate::ledger::LedgerProvider;
use crate::pages::{
    job::JobPage, jobs::JobsPage, ledger::LedgerPage, ledger::block::BlockPage,
    ledger::entry::EntryPage, not_found::NotFoundPage, status::StatusPage, submit::SubmitPage,
    volunteer::VolunteerPage,
};
use crate::route::Route;
use crate::shell::Shell;
use crate::shell::page_title::FirstPage;
use crate::submitter::SubmitterProvider;
use crate::texts::TextsProvider;
use yew::prelude::*;
use yew_router::prelude::*;

/// Everything in the page.
#[component]
pub(crate) fn App() -> Html {
    let first_page = use_memo((), |()| FirstPage::default());
    html! {
        <TextsProvider>
            <ComputeProvider>
                <SubmitterProvider>
                    <LedgerProvider>
                        <BrowserRouter>
                            <ContextProvider<FirstPage> context={(*first_page).clone()}>
                                <Shell>
                                    <Switch<Route> render={page} />
                                </Shell>
                            </ContextProvider<FirstPage>>
                        </BrowserRouter>
                    </LedgerProvider>
                </SubmitterProvider>
            </ComputeProvider>
        </TextsProvider>
    }
}

fn page(route: Route) -> Html {
    match route {
        Route::Volunteer => html! { <VolunteerPage /> },
        Route::Jobs => html! { <JobsPage /> },
        Route::Submit => html! { <SubmitPage /> },
        Route::Job { id } => html! { <JobPage {id} /> },
        Route::Ledger => html! { <LedgerPage /> },
        Route::Block { height } => html! { <BlockPage {height} /> },
        Route::Entry { index } => html! { <EntryPage {index} /> },
        Route::Status => html! { <StatusPage /> },
        Route::NotFound => html! { <NotFoundPage /> },
    }
}
