//! One page of a list, and where the next one begins.

/// Some rows in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The rows.
    pub items: Vec<T>,
    /// Give this as cursor to read on; `None` at the end.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// From up to `limit + 1` rows: the one too many tells that there are more.
    pub(super) fn cut(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> C) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}

/// How many rows to ask for so that [`Page::cut`] knows whether there are more.
pub(super) fn one_more(limit: u32) -> i64 {
    i64::from(limit).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_begins_after_the_last_row_of_this_one() {
        let page = Page::cut(vec![1, 2, 3], 2, |last| *last);
        assert_eq!((page.items, page.next), (vec![1, 2], Some(2)));
        assert_eq!(Page::cut(vec![1, 2], 2, |last| *last).next, None);
    }
}
