//! The public routes: what they hand out leads to the checkpoint that the storage nodes have cosigned.

use super::world::{World, cert, chain, job, proof_of};
use crate::storage::wire::{Committed, Heartbeat};
use crate::storage::{Link, RemoteNode, RemoteSettings, http, reads};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use shared::api::ledger::{BlockContent, BlocksPage, EntryView, Found};
use shared::ids::Digest;
use shared::ledger::fixture;
use shared::ledger::note::Note;
use shared::ledger::policy_text::QuorumPolicy;
use shared::ledger::proof::TlogProof;
use shared::ledger::tiles::decode_bundle;
use shared::merkle::{TreeHasher, leaf_hash};
use std::sync::Arc;
use tower::ServiceExt as _;

/// A world of one node with some blocks, the last one certified, and its routes.
async fn world() -> (World, Router) {
    let mut world = World::with_job(1).await;
    world.add(1, &[cert(0), cert(1)]).await;
    let made = world.make(1, &[cert(2)]);
    let acks = world.acks(&[0], 1, &made).await;
    let proof = proof_of(&made, acks);
    let Committed::Cosigned(line) = world.commit(0, &proof).await else {
        panic!("cosigned");
    };
    world.go_on(&made);
    let certificate = proof.log_note + &line;
    let heartbeat = Heartbeat {
        certificate,
        policies: Vec::new(),
    };
    world.first().heartbeat(&heartbeat).await.unwrap();
    let router = http::router(world.nodes[0].clone());
    (world, router)
}

async fn get(router: &Router, path: &str) -> (StatusCode, Vec<u8>, String) {
    let request = Request::get(format!("/api/v1/ledger/{path}"));
    let response = router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let caching = response
        .headers()
        .get("cache-control")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, body.to_vec(), caching)
}

async fn ok(router: &Router, path: &str) -> Vec<u8> {
    let (status, body, _) = get(router, path).await;
    assert_eq!(
        status,
        StatusCode::OK,
        "{path}: {}",
        String::from_utf8_lossy(&body)
    );
    body
}

#[tokio::test]
async fn checkpoint_tiles_and_entries_fit_together() {
    let (world, router) = world().await;
    let size = world.tip.size();
    let policy = String::from_utf8(ok(&router, "policy").await).unwrap();
    let policy = QuorumPolicy::parse(&policy).unwrap();
    let checkpoint = Note::parse(&ok(&router, "checkpoint").await).unwrap();
    let checkpoint = policy.certify(&checkpoint).unwrap().checkpoint;
    assert_eq!(
        (checkpoint.size, checkpoint.root),
        (size, world.tip.tree.root())
    );
    let bundle = ok(&router, &format!("tile/entries/000.p/{size}")).await;
    let width = u16::try_from(size).unwrap();
    let entries = decode_bundle(&bundle, width).unwrap();
    let mut tree = TreeHasher::new();
    for entry in &entries {
        tree.push(entry);
    }
    assert_eq!(tree.root(), checkpoint.root);
    let tile = ok(&router, &format!("tile/0/000.p/{size}")).await;
    let hashes: Vec<u8> = entries
        .iter()
        .flat_map(|entry| leaf_hash(entry).0)
        .collect();
    assert_eq!(tile, hashes);
    let (_, shorter, caching) = get(&router, "tile/0/000.p/3").await;
    assert_eq!(shorter, hashes[..96]);
    assert!(caching.contains("immutable"), "{caching}");
    for index in 0..size {
        let proof = TlogProof::parse(&ok(&router, &format!("proof/{index}")).await).unwrap();
        let at = usize::try_from(index).unwrap();
        proof.verify(&policy, leaf_hash(entries[at])).unwrap();
        assert_eq!(proof.extra.as_deref(), Some(entries[at]));
    }
}

#[tokio::test]
async fn what_the_log_does_not_have_is_not_found() {
    let (world, router) = world().await;
    let size = world.tip.size();
    for path in [
        "tile/0/000".to_owned(),
        "tile/1/000.p/1".to_owned(),
        format!("tile/0/000.p/{}", size + 1),
        "tile/entries/001.p/1".to_owned(),
        "tile/entries/x999/x999/x999/x999/x999/999".to_owned(),
        format!("entries/{size}"),
        format!("entries/{}", u64::MAX),
        format!("proof/{size}"),
        "blocks/99".to_owned(),
    ] {
        let (status, body, caching) = get(&router, &path).await;
        assert_eq!(
            status,
            StatusCode::NOT_FOUND,
            "{path}: {}",
            String::from_utf8_lossy(&body)
        );
        assert!(body.starts_with(b"{"), "a problem");
        assert_eq!(caching, "no-store");
    }
    for path in [
        "tile/0/1",
        "tile/9x/000",
        "entries/x",
        "blocks/-1",
        "find?hash=zz",
        "tile/0/000.p/0",
    ] {
        assert_eq!(
            get(&router, path).await.0,
            StatusCode::BAD_REQUEST,
            "{path}"
        );
    }
}

#[tokio::test]
async fn blocks_and_entries_are_shown_as_json_and_raw() {
    let (world, router) = world().await;
    let page: BlocksPage = serde_json::from_slice(&ok(&router, "blocks?limit=2").await).unwrap();
    let heights: Vec<u64> = page.blocks.iter().map(|block| block.height).collect();
    assert_eq!((heights, page.next), (vec![4, 3], Some(3)));
    let page: BlocksPage = serde_json::from_slice(&ok(&router, "blocks?before=1").await).unwrap();
    assert_eq!((page.blocks[0].height, page.next), (0, None));
    let block: BlockContent = serde_json::from_slice(&ok(&router, "blocks/3").await).unwrap();
    assert_eq!(block.entries.len(), 2);
    assert_eq!(block.entries[1].kind, "Cert");
    assert_eq!(block.block.size, block.block.first_index + 3);
    let index = block.entries[1].index;
    let entry: EntryView =
        serde_json::from_slice(&ok(&router, &format!("entries/{index}")).await).unwrap();
    assert_eq!((entry.entry, entry.height), (cert(1), 3));
    let raw = Request::get(format!("/api/v1/ledger/entries/{index}"));
    let raw = raw
        .header("accept", "application/octet-stream")
        .body(Body::empty())
        .unwrap();
    let raw = router.clone().oneshot(raw).await.unwrap();
    let raw = to_bytes(raw.into_body(), 1 << 20).await.unwrap();
    assert_eq!(raw, cert(1));
    assert_eq!(world.tip.head.unwrap().height, 4);
}

#[tokio::test]
async fn jobs_nodes_modules_and_blocks_are_found_and_outputs_are_not() {
    let (world, router) = world().await;
    let find = async |hash: String| -> Found {
        serde_json::from_slice(&ok(&router, &format!("find?hash={hash}")).await).unwrap()
    };
    let found = find(fixture::id_of(&job()).to_string()).await;
    assert_eq!(
        (found.what.as_deref(), found.indexes.as_slice()),
        (Some("job"), &[4][..])
    );
    let found = find(job().module_sha256.to_string()).await;
    assert_eq!(
        (found.what.as_deref(), found.indexes.as_slice()),
        (Some("module"), &[2][..])
    );
    let found = find(fixture::node(1).node_key().to_string()).await;
    assert_eq!(
        (found.what.as_deref(), found.indexes.as_slice()),
        (Some("node"), &[9, 7, 6][..])
    );
    let found = find(world.tip.head.unwrap().header_hash.to_string()).await;
    assert_eq!(
        (found.what.as_deref(), found.indexes.as_slice()),
        (Some("block"), &[10][..])
    );
    for unknown in [Digest::of(&[0]), Digest::of(b"manifest")] {
        assert_eq!(find(unknown.to_string()).await.what, None);
    }
}

#[tokio::test]
async fn a_coordinator_without_a_node_of_its_own_passes_reads_on() {
    let (world, direct) = world().await;
    let address = super::over_http::serve(world.nodes[0].clone()).await;
    let dead = "http://127.0.0.1:9".parse().unwrap();
    let links = [dead, address].map(|address| {
        let settings = RemoteSettings {
            address,
            ca: None,
            chain: chain(),
            key: fixture::leader(),
            ack_key: None,
        };
        Link::Remote(Arc::new(RemoteNode::new(settings).unwrap()))
    });
    let (router, _) = reads::routes().split_for_parts();
    let router = router
        .with_state(reads::LedgerReads::from_links(crate::storage::Links::new(
            links.to_vec(),
        )))
        .layer(axum::middleware::from_fn(crate::problem::answer));
    for path in [
        "checkpoint",
        "policy",
        "tile/0/000.p/3",
        "blocks?limit=1",
        "blocks/2",
    ] {
        assert_eq!(get(&router, path).await, get(&direct, path).await, "{path}");
    }
    assert_eq!(get(&router, "entries/99").await.0, StatusCode::NOT_FOUND);
    let (router, _) = reads::routes().split_for_parts();
    let nobody = reads::LedgerReads::from_links(crate::storage::Links::new(links[..1].to_vec()));
    let router = router
        .with_state(nobody)
        .layer(axum::middleware::from_fn(crate::problem::answer));
    assert_eq!(
        get(&router, "checkpoint").await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
}
