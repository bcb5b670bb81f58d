//! Page tokens: opaque to clients, the last entry's place to us.

use super::error::ApiError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shared::api::PageQuery;
use shared::api::problem::ProblemCode;
use std::str::FromStr;

/// Writes the place after which the next page begins.
pub(super) fn write(place: &impl std::fmt::Display) -> String {
    URL_SAFE_NO_PAD.encode(place.to_string())
}

/// Reads the place of a query's page token; `None` for the first page.
///
/// # Errors
/// `InvalidRequest` when the token is not one that [`write`] made.
pub(super) fn read<T: FromStr>(query: &PageQuery) -> Result<Option<T>, ApiError> {
    let token = query.page_token.as_deref().unwrap_or_default();
    if token.is_empty() {
        return Ok(None);
    }
    let place = URL_SAFE_NO_PAD.decode(token).ok();
    let place = place.and_then(|bytes| String::from_utf8(bytes).ok());
    let place = place.and_then(|text| text.parse().ok());
    place.map(Some).ok_or_else(|| {
        let detail = "page_token must be the next_page_token of the page before";
        ApiError::new(ProblemCode::InvalidRequest, detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_a_foreign_one_is_refused() {
        let query = |token: &str| PageQuery {
            page_size: None,
            page_token: Some(token.to_owned()),
        };
        assert_eq!(read(&query(&write(&42_u32))).unwrap(), Some(42_u32));
        assert_eq!(read::<u32>(&query("")).unwrap(), None);
        assert!(read::<u32>(&query("!!")).is_err());
        assert!(read::<u32>(&query(&write(&"x"))).is_err());
    }
}
