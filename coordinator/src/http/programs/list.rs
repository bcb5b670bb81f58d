//! `GET programs`: every published version.

use super::super::Api;
use super::super::cursor;
use super::super::error::ApiError;
use super::super::extract::Query;
use super::view;
use axum::Json;
use axum::extract::State;
use shared::api::programs::ProgramView;
use shared::api::{Page, PageQuery};
use std::str::FromStr;
use std::sync::Arc;

/// Published programs by name and version.
#[utoipa::path(get, path = "/api/v1/programs", tag = "programs", params(PageQuery),
    responses((status = 200, body = Page<ProgramView>)))]
pub(in super::super) async fn list(
    State(api): State<Arc<Api>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ProgramView>>, ApiError> {
    let after = cursor::read::<Place>(&query)?;
    let after = after.map(|place| (place.name, place.version));
    let page = api.store.programs_page(after, query.size()).await?;
    let next = page.next.map(|(name, version)| format!("{name}@{version}"));
    Ok(Json(Page {
        items: page.items.into_iter().map(view).collect(),
        next_page_token: next.as_ref().map(cursor::write).unwrap_or_default(),
    }))
}

/// `name@version`; a name has no `@`.
struct Place {
    name: String,
    version: String,
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, version) = text.split_once('@').ok_or(())?;
        Ok(Self {
            name: name.to_owned(),
            version: version.to_owned(),
        })
    }
}
