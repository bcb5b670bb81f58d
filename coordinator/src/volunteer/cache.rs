//! The last few things of one kind, by hash: each is made once, also when several tasks want it at the same time.

use shared::ids::Digest;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// The most recently used values, newest last.
#[derive(Debug)]
pub(super) struct Cache<T> {
    room: usize,
    entries: Mutex<Vec<(Digest, Arc<OnceCell<T>>)>>,
}

impl<T: Clone> Cache<T> {
    pub(super) const fn new(room: usize) -> Self {
        Self {
            room,
            entries: Mutex::new(Vec::new()),
        }
    }

    /// The value under this hash, made by `make` unless it is there. A failure is not kept.
    pub(super) async fn get<E>(
        &self,
        key: Digest,
        make: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let cell = self.cell(key);
        cell.get_or_try_init(|| make).await.cloned()
    }

    fn cell(&self, key: Digest) -> Arc<OnceCell<T>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let found = entries.iter().position(|(other, _)| *other == key);
        let entry = match found {
            Some(at) => entries.remove(at),
            None => (key, Arc::default()),
        };
        let cell = Arc::clone(&entry.1);
        if entries.len() >= self.room {
            entries.remove(0);
        }
        entries.push(entry);
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    async fn get(cache: &Cache<u32>, key: u8, count: &Cell<u32>) -> u32 {
        let make = async {
            count.set(count.get() + 1);
            Ok::<_, ()>(u32::from(key))
        };
        cache.get(Digest([key; 32]), make).await.unwrap()
    }

    #[tokio::test]
    async fn a_value_is_made_once_until_newer_ones_push_it_out() {
        let cache = Cache::new(2);
        let made = Cell::new(0);
        for key in [1, 2, 1, 3, 1] {
            assert_eq!(get(&cache, key, &made).await, u32::from(key));
        }
        assert_eq!(made.get(), 3);
        get(&cache, 2, &made).await;
        assert_eq!(made.get(), 4);
    }

    #[tokio::test]
    async fn two_who_want_the_same_value_wait_for_one_making() {
        let cache = Cache::new(2);
        let made = Cell::new(0);
        tokio::join!(get(&cache, 1, &made), get(&cache, 1, &made));
        assert_eq!(made.get(), 1);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let cache = Cache::new(2);
        let key = Digest([1; 32]);
        assert_eq!(cache.get(key, async { Err("no") }).await, Err("no"));
        assert_eq!(cache.get(key, async { Ok::<_, ()>(7) }).await, Ok(7));
    }
}
