//! What a block names must be here: blobs come inline or beforehand, whole and with their hash, or the refusal names them.

use super::world::{World, cert, chain, chunk_job, job, prog};
use crate::storage::wire::{Appended, LeafList, Refusal};
use crate::storage::{BlobStream, StorageError};
use bytes::Bytes;
use futures_util::stream;
use shared::codec::Canonical as _;
use shared::ids::Digest;
use shared::ledger::fixture;
use shared::outcome::Outcome;

fn stream_of(pieces: &[&[u8]]) -> BlobStream {
    let pieces: Vec<_> = pieces
        .iter()
        .map(|piece| Bytes::copy_from_slice(piece))
        .collect();
    Box::pin(stream::iter(pieces.into_iter().map(Ok)))
}

#[tokio::test]
async fn blobs_that_are_not_here_are_named_until_they_are_put() {
    let mut world = World::begun(1).await;
    let made = world.make(1, &[fixture::prog_entry(&prog())]);
    let appended = world.append(0, 1, &made).await;
    let mut both = vec![Digest::of(b"original"), Digest::of(b"manifest")];
    both.sort();
    assert_eq!(appended, Appended::MissingBlobs(both));
    let manifest = Digest::of(b"manifest");
    world
        .first()
        .blob_put(manifest, stream_of(&[b"mani", b"fest"]))
        .await
        .unwrap();
    world.blobs = vec![b"original".to_vec()];
    let appended = world.append(0, 1, &made).await;
    assert!(matches!(appended, Appended::Ack(_)), "{appended:?}");
    assert_eq!(world.first().missing_blobs(&[manifest]).await.unwrap(), []);
    world.restart(0).await;
    let read = world.first().blob_bytes(Digest::of(b"original")).await;
    assert_eq!(read.unwrap().unwrap(), b"original");
}

#[tokio::test]
async fn blobs_that_no_entry_names_are_not_kept() {
    let mut world = World::with_job(1).await;
    world.blobs.push(b"ballast".to_vec());
    let made = world.make(1, &[cert(0)]);
    world.acks(&[0], 1, &made).await;
    let ballast = [Digest::of(b"ballast")];
    assert_eq!(
        world.first().missing_blobs(&ballast).await.unwrap(),
        ballast
    );
}

#[tokio::test]
async fn a_blob_is_there_only_when_all_of_it_came_with_its_hash() {
    let world = World::begun(1).await;
    let node = world.first();
    let large: Vec<u8> = (0..600_000_u32).map(|i| i.to_le_bytes()[0]).collect();
    let sha256 = Digest::of(&large);
    let error = node
        .blob_put(sha256, stream_of(&[&large[1..]]))
        .await
        .unwrap_err();
    assert!(
        matches!(error, StorageError::Refused(Refusal::BlobHash { expected, .. }) if expected == sha256)
    );
    let broken = std::io::Error::other("the cable");
    let broken: BlobStream = Box::pin(stream::iter([
        Ok(Bytes::copy_from_slice(&large[..500_000])),
        Err(broken),
    ]));
    assert!(matches!(
        node.blob_put(sha256, broken).await,
        Err(StorageError::BrokenOff(_))
    ));
    assert_eq!(node.missing_blobs(&[sha256]).await.unwrap(), [sha256]);
    assert_eq!(node.blob_bytes(sha256).await.unwrap(), None);
    node.blob_put(sha256, stream_of(&[&large[..7], &large[7..]]))
        .await
        .unwrap();
    assert_eq!(node.blob_bytes(sha256).await.unwrap().unwrap(), large);
    // Again: the same bytes under the same name.
    node.blob_put(sha256, stream_of(&[&large])).await.unwrap();
    assert_eq!(node.blob_bytes(sha256).await.unwrap().unwrap(), large);
    let too_large = vec![0; (1 << 20) + 1];
    let error = node
        .blob_put(Digest::of(&too_large), stream_of(&[&too_large]))
        .await;
    assert!(matches!(
        error,
        Err(StorageError::Refused(Refusal::Limit(_)))
    ));
}

#[tokio::test]
async fn an_output_of_another_length_than_the_certificate_says_is_refused() {
    let world = World::with_job(1).await;
    let mut wrong = fixture::cert(&job(), 0, &[0, 0, 0]);
    wrong.outcome = Outcome {
        output_len: 2,
        ..wrong.outcome
    };
    for (seat, vote) in wrong.agree.clone().iter().zip(0..) {
        let node = (0..3)
            .map(fixture::node)
            .find(|node| node.node_key() == seat.node_key)
            .unwrap();
        let message = wrong.vote(seat, wrong.outcome).encode(chain());
        wrong.agree[vote].signature = node.sign(&message);
    }
    let made = world.make(1, &[wrong.encode(chain())]);
    let Appended::Broken { entry: 0, rule } = world.append(0, 1, &made).await else {
        panic!("refused");
    };
    assert!(rule.starts_with("rule output:"), "{rule}");
}

#[tokio::test]
async fn a_job_over_chunks_needs_its_list_of_leaves_and_its_certificates_their_inputs() {
    let mut world = World::with_program(1).await;
    let (job, list) = chunk_job();
    let name = LeafList {
        input_root: job.input_root,
        sha256: Digest::of(&list),
    };
    let made = world.make(1, &[fixture::job_entry(&job)]);
    let Appended::Broken { entry: 0, rule } = world.append(0, 1, &made).await else {
        panic!("refused");
    };
    assert!(rule.starts_with("rule leaf_list:"), "{rule}");
    world.leaf_lists = vec![name];
    assert_eq!(
        world.append(0, 1, &made).await,
        Appended::MissingBlobs(vec![name.sha256])
    );
    // Another list, of the right length.
    let mut other = list.clone();
    other[3] ^= 1;
    world.blobs = vec![other.clone()];
    world.leaf_lists = vec![LeafList {
        sha256: Digest::of(&other),
        ..name
    }];
    let Appended::Broken { entry: 0, rule } = world.append(0, 1, &made).await else {
        panic!("refused");
    };
    assert!(rule.starts_with("rule input_root:"), "{rule}");
    world.leaf_lists = vec![name];
    world.blobs = vec![list];
    world.add(1, &[fixture::job_entry(&job)]).await;
    world.restart(0).await;

    world.blobs = vec![vec![0]];
    let with_input = |task: u32, input: &[u8]| {
        let mut cert = fixture::cert(&job, task, &[0, 0, 0]);
        cert.input_sha256 = Digest::of(input);
        for at in 0..cert.agree.len() {
            let seat = cert.agree[at];
            let node = (0..3)
                .map(fixture::node)
                .find(|node| node.node_key() == seat.node_key)
                .unwrap();
            cert.agree[at].signature = node.sign(&cert.vote(&seat, cert.outcome).encode(chain()));
        }
        cert.encode(chain())
    };
    let made = world.make(1, &[with_input(1, b"two"), with_input(2, b"two")]);
    let Appended::Broken { entry: 1, rule } = world.append(0, 1, &made).await else {
        panic!("refused");
    };
    assert!(rule.starts_with("rule input:"), "{rule}");
    world
        .add(1, &[with_input(1, b"two"), with_input(2, b"three")])
        .await;
    // The list goes with the block to whoever missed it.
    let blocks = world.first().blocks(2).await.unwrap().blocks;
    assert_eq!(blocks[0].leaf_lists, [name]);
    assert_eq!(blocks[0].entries, [fixture::job_entry(&job)]);
}

#[tokio::test]
async fn a_module_that_the_rewriter_does_not_make_is_refused() {
    let mut world = World::begun(1).await;
    let original =
        wat::parse_str("(module (func (export \"_start\")) (memory (export \"memory\") 1))")
            .unwrap();
    let rewritten = shared::rewrite::rewrite(&original).unwrap().module;
    world.blobs = vec![
        original.clone(),
        rewritten.clone(),
        b"module".to_vec(),
        b"manifest".to_vec(),
    ];
    let mut prog = fixture::prog();
    prog.original_sha256 = Digest::of(&original);
    let made = world.make(1, &[fixture::prog_entry(&prog)]);
    let Appended::Broken { entry: 0, rule } = world.append(0, 1, &made).await else {
        panic!("refused");
    };
    assert!(rule.starts_with("rule rewriter:"), "{rule}");
    prog.module_sha256 = Digest::of(&rewritten);
    world.add(1, &[fixture::prog_entry(&prog)]).await;
}
