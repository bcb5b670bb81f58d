//! Blobs: what comes out is what went in, and nothing is visible before its hash is right.

use crate::fixture::{ANN, BOB, NOW, on_both_databases};
use coordinator::store::{BlobError, INLINE_BYTES, PIECE_BYTES, StoreError, Usage};
use futures_util::TryStreamExt as _;
use shared::ids::Digest;

/// Bytes in which every position is told apart from its neighbours and from the next pieces.
fn bytes(len: usize) -> Vec<u8> {
    let byte = |at: usize| (at % 251 + at / 65_536).to_le_bytes()[0];
    (0..len).map(byte).collect()
}

on_both_databases! {
    async fn blobs_of_every_size_read_back_as_a_stream_and_as_a_whole(db) {
        let sizes = [1, INLINE_BYTES, INLINE_BYTES + 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES];
        for body in sizes.map(bytes) {
            let mut writer = db.store.blob_writer(u64::MAX, NOW);
            for part in body.chunks(100_000) {
                writer.push(part).await.unwrap();
            }
            let info = writer.finish(Digest::of(&body)).await.unwrap();
            assert_eq!(info.len, body.len() as u64);
            assert_eq!(db.store.blob_info(info.sha256).await.unwrap(), Some(info));
            let pieces: Vec<_> = db.store.blob_read(info.sha256).try_collect().await.unwrap();
            assert!(pieces.iter().all(|piece| piece.len() <= PIECE_BYTES));
            assert!(pieces.concat() == body, "{} bytes", body.len());
            let whole = db.store.blob_bytes(info.sha256, body.len() as u64).await.unwrap();
            assert!(whole.as_ref() == Some(&body));
            assert_eq!(db.store.blob_bytes(info.sha256, body.len() as u64 - 1).await.unwrap(), None);
        }
    }

    async fn a_range_of_a_blob_crosses_pieces_and_ends_with_it(db) {
        let body = bytes(2 * PIECE_BYTES + 10);
        let sha256 = db.store.blob_put(&body, NOW).await.unwrap().sha256;
        let from = PIECE_BYTES - 20;
        let range = db.store.blob_range(sha256, from as u64, 40).await.unwrap();
        assert_eq!(range, body[from..from + 40]);
        let tail = db.store.blob_range(sha256, 2 * PIECE_BYTES as u64, 40).await.unwrap();
        assert_eq!(tail, body[2 * PIECE_BYTES..]);
        assert_eq!(db.store.blob_range(sha256, u64::MAX, 40).await.unwrap(), b"");
    }

    async fn the_empty_blob_is_always_there(db) {
        let info = db.store.blob_info(Digest::of(b"")).await.unwrap().unwrap();
        assert_eq!(info.len, 0);
        assert_eq!(db.store.blob_bytes(info.sha256, 0).await.unwrap(), Some(Vec::new()));
        assert_eq!(db.store.blob_info(Digest::of(b"unknown")).await.unwrap(), None);
    }

    async fn bytes_with_another_hash_than_promised_leave_nothing(db) {
        for body in [bytes(10), bytes(3 * PIECE_BYTES)] {
            let mut writer = db.store.blob_writer(u64::MAX, NOW);
            writer.push(&body).await.unwrap();
            let error = writer.finish(Digest::of(b"promised")).await.unwrap_err();
            assert!(matches!(error, BlobError::HashMismatch { found, .. } if found == Digest::of(&body)));
            assert_eq!(db.store.blob_info(Digest::of(&body)).await.unwrap(), None);
            assert_eq!(db.store.blob_info(Digest::of(b"promised")).await.unwrap(), None);
        }
        // The next large upload deletes what the last one wrote.
        db.store.blob_put(&bytes(PIECE_BYTES + 7), NOW).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM uploads").await, 1);
        assert_eq!(db.count("SELECT COUNT(*) FROM blob_pieces").await, 2);
    }

    async fn an_upload_stops_at_its_limit(db) {
        let mut writer = db.store.blob_writer(1000, NOW);
        writer.push(&bytes(1000)).await.unwrap();
        let error = writer.push(b"x").await.unwrap_err();
        assert!(matches!(error, BlobError::TooLarge { max: 1000 }));
    }

    async fn a_crash_in_the_middle_of_an_upload_leaves_nothing_visible(db) {
        let body = bytes(3 * PIECE_BYTES);
        let mut writer = db.store.blob_writer(u64::MAX, NOW);
        writer.push(&body[..2 * PIECE_BYTES]).await.unwrap();
        db.store.close().await;
        std::mem::forget(writer);

        let after = db.open_again().await.unwrap();
        assert_eq!(after.blob_info(Digest::of(&body)).await.unwrap(), None);
        assert_eq!(after.blob_info(Digest::of(&body[..2 * PIECE_BYTES])).await.unwrap(), None);
        assert_eq!(db.count("SELECT COUNT(*) FROM blob_pieces").await, 2);
        assert_eq!(after.gc(NOW.plus(3_600_001), 30).await.unwrap().uploads, 1);
        assert_eq!(db.count("SELECT COUNT(*) FROM blob_pieces").await, 0);
    }

    async fn the_same_bytes_uploaded_at_once_are_stored_once(db) {
        let body = bytes(2 * PIECE_BYTES);
        let mut first = db.store.blob_writer(u64::MAX, NOW);
        let mut second = db.store.blob_writer(u64::MAX, NOW);
        first.push(&body).await.unwrap();
        second.push(&body).await.unwrap();
        let sha256 = Digest::of(&body);
        let (first, second) = tokio::join!(first.finish(sha256), second.finish(sha256));
        assert_eq!(first.unwrap(), second.unwrap());
        assert!(db.store.blob_bytes(sha256, u64::MAX).await.unwrap().unwrap() == body);
        assert_eq!(db.count("SELECT COUNT(*) FROM uploads").await, 1);
    }

    async fn an_upload_that_was_cleaned_away_must_be_sent_again(db) {
        let body = bytes(PIECE_BYTES + 1);
        let mut writer = db.store.blob_writer(u64::MAX, NOW);
        writer.push(&body[..PIECE_BYTES]).await.unwrap();
        db.store.gc(NOW.plus(3_600_001), 30).await.unwrap();
        let pushed = writer.push(&body[PIECE_BYTES..]).await;
        assert!(pushed.is_ok(), "the last byte is still in memory");
        let finished = writer.finish(Digest::of(&body)).await;
        assert!(matches!(finished, Err(BlobError::TooSlow)), "{finished:?}");
        assert_eq!(db.store.blob_info(Digest::of(&body)).await.unwrap(), None);
    }

    async fn a_blob_that_is_deleted_while_it_is_read_ends_with_an_error_not_early(db) {
        let body = bytes(3 * PIECE_BYTES);
        let sha256 = db.store.blob_put(&body, NOW).await.unwrap().sha256;
        let mut pieces = std::pin::pin!(db.store.blob_read(sha256));
        assert_eq!(pieces.try_next().await.unwrap().unwrap().len(), PIECE_BYTES);
        db.store.gc(NOW.plus(3_600_001), 30).await.unwrap();
        let gone = pieces.try_next().await.unwrap_err();
        assert!(matches!(gone, StoreError::BlobGone(digest) if digest == sha256));
        let never = db.store.blob_read(sha256).try_collect::<Vec<_>>().await.unwrap_err();
        assert!(matches!(never, StoreError::BlobGone(_)));
    }

    async fn a_key_owns_what_it_uploaded_and_nothing_else(db) {
        let (sha256, _) = db.upload(ANN, b"mine").await;
        assert!(db.store.blob_is_owned(ANN, sha256).await.unwrap());
        assert!(!db.store.blob_is_owned(BOB, sha256).await.unwrap());
        assert!(db.store.blob_is_readable(ANN, sha256).await.unwrap());
        assert!(!db.store.blob_is_readable(BOB, sha256).await.unwrap());
    }

    async fn missing_blobs_are_listed_once_each(db) {
        let (mine, _) = db.upload(ANN, b"mine").await;
        let (theirs, _) = db.upload(BOB, b"theirs").await;
        let nowhere: Vec<Digest> = (0..5000_u32).map(|n| Digest::of(&n.to_be_bytes())).collect();
        let mut asked = nowhere.clone();
        asked.extend([mine, theirs, theirs]);
        let mut expected = nowhere;
        expected.push(theirs);
        expected.sort_unstable();
        assert_eq!(db.store.blob_missing(ANN, &asked).await.unwrap(), expected);
        assert_eq!(db.store.blob_missing(ANN, &[]).await.unwrap(), []);
    }

    async fn the_quota_counts_what_a_key_uploaded_and_uses_in_no_job(db) {
        db.upload(ANN, b"four").await;
        db.upload(ANN, b"four").await;
        db.upload(ANN, b"seven..").await;
        db.upload(BOB, b"other").await;
        let usage = db.store.blob_unreferenced_usage(ANN).await.unwrap();
        assert_eq!(usage, Usage { count: 2, bytes: 11 });
    }
}
