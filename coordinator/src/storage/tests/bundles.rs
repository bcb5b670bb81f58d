//! The bundle of a job, as a storage node hands it out, proves with the pinned policy alone what the log has; and what
//! is not so proves nothing.

use super::damage::{FLIP_BLOCK_3, behind_its_back};
use super::over_http::serve;
use super::world::{World, cert, chain, job, policy_of, prog};
use crate::storage::wire::{Certificate, CommitProof, Heartbeat, LeafList};
use crate::storage::{Link, RemoteNode, RemoteSettings, http, reads};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use shared::codec::Canonical as _;
use shared::ids::{Digest, JobId, JobNonce, SeatNonce};
use shared::job::Job;
use shared::leaf::encode_list;
use shared::ledger::bundle::{BundleFault, ProofBundle, VerifiedBundle};
use shared::ledger::done::{Done, DoneReason};
use shared::ledger::fixture::{self, id_of};
use shared::ledger::policy_text::QuorumPolicy;
use shared::ledger::void::{RefereeOutcome, Void, VoidReason};
use shared::subset;
use shared::verified_job::Verdict;
use shared::vote::{REFEREE_SEAT, Vote};
use std::collections::BTreeMap;
use std::sync::Arc;
use tower::ServiceExt as _;

impl World {
    /// Adds a block and certifies it everywhere.
    async fn add_certified(&mut self, entries: &[Vec<u8>]) {
        let proof = self.add(1, entries).await;
        self.certify(&proof).await;
    }

    async fn certify(&self, proof: &CommitProof) {
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        let certificate = self.certificate(proof, &all).await;
        for node in &self.nodes {
            let heartbeat = Heartbeat {
                certificate: certificate.clone(),
                policies: vec![Certificate {
                    height: proof.height,
                    note: certificate.clone(),
                }],
            };
            node.heartbeat(&heartbeat).await.unwrap();
        }
    }

    fn router(&self) -> Router {
        http::router(self.nodes[0].clone())
    }

    /// The bundle of the world's job.
    async fn bundle(&self, query: &str) -> ProofBundle {
        bundle_of(&self.router(), id_of(&job()), query).await
    }

    fn text(&self) -> QuorumPolicy {
        QuorumPolicy::parse(&self.policy.text).unwrap()
    }

    async fn verified(&self, query: &str) -> VerifiedBundle {
        verify(&self.bundle(query).await, &self.text()).unwrap()
    }
}

fn verify(bundle: &ProofBundle, pinned: &QuorumPolicy) -> Result<VerifiedBundle, BundleFault> {
    bundle.verify(pinned, &BTreeMap::new())
}

async fn ask(router: &Router, job: JobId, query: &str) -> (StatusCode, Body) {
    let request = Request::get(format!("/api/v1/jobs/{job}/proof{query}"));
    let request = request.body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    (response.status(), response.into_body())
}

async fn bundle_of(router: &Router, job: JobId, query: &str) -> ProofBundle {
    let (status, body) = ask(router, job, query).await;
    let body = to_bytes(body, 1 << 24).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert_eq!(status, StatusCode::OK, "{text}");
    let bundle = ProofBundle::parse(text.as_bytes()).unwrap();
    assert_eq!(bundle.to_string(), text);
    bundle
}

fn done(accepted: u32, reason: DoneReason) -> Vec<u8> {
    let done = Done {
        job_id: id_of(&job()),
        accepted,
        failed: 0,
        reason,
        cancel: Vec::new(),
    };
    done.encode(chain())
}

/// A job of three tasks that has ended, one of its Certs in a block of its own.
async fn finished(nodes: usize) -> World {
    let mut world = World::with_job(nodes).await;
    world.add(1, &[cert(2)]).await;
    world.add(1, &[cert(0), cert(1)]).await;
    world.add_certified(&[done(3, DoneReason::Complete)]).await;
    world
}

#[tokio::test]
async fn a_finished_job_is_proven_from_one_storage_node() {
    let world = finished(3).await;
    let verified = world.verified("").await;
    assert!(!verified.partial);
    assert_eq!(verified.tasks.len(), 3);
    assert_eq!(verified.checkpoint.cosigned.len(), 3);
    let job = &verified.jobs[&id_of(&job())];
    assert_eq!(job.done.as_ref().unwrap().1.accepted, 3);
    assert_eq!(verified.header.size(), world.tip.size());
}

#[tokio::test]
async fn some_tasks_of_a_job_are_proven_as_partial_and_all_of_them_as_whole() {
    let world = finished(1).await;
    let page = world.verified("?first=1&count=1").await;
    assert!(page.partial);
    assert_eq!(page.tasks.keys().copied().collect::<Vec<_>>(), [1]);
    let rest = world.verified("?first=1").await;
    assert_eq!(rest.tasks.keys().copied().collect::<Vec<_>>(), [1, 2]);
    assert!(!world.verified("?first=0&count=3").await.partial);
    for nothing in ["?first=9", "?count=0", "?first=4294967295&count=4294967295"] {
        assert!(world.verified(nothing).await.tasks.is_empty(), "{nothing}");
    }
}

#[tokio::test]
async fn what_is_not_under_the_certified_checkpoint_is_not_in_the_bundle() {
    let mut world = World::with_program(1).await;
    let id = id_of(&job());
    assert_eq!(
        ask(&world.router(), id, "").await.0,
        StatusCode::NOT_FOUND,
        "no checkpoint is certified"
    );
    world.add_certified(&[prog_of("2.0.0")]).await;
    world.blobs = vec![vec![0]];
    world.add(1, &[fixture::job_entry(&job())]).await;
    assert_eq!(ask(&world.router(), id, "").await.0, StatusCode::NOT_FOUND);
    world.add_certified(&[cert(0)]).await;
    world.add(1, &[cert(1), cert(2)]).await;
    let open = world.verified("").await;
    assert!(open.partial);
    assert_eq!(open.tasks.keys().copied().collect::<Vec<_>>(), [0]);
    let nobody = JobId([3; 32]);
    assert_eq!(
        ask(&world.router(), nobody, "").await.0,
        StatusCode::NOT_FOUND
    );
}

fn prog_of(version: &str) -> Vec<u8> {
    fixture::prog_entry(&shared::program::Prog {
        version: version.to_owned(),
        ..prog()
    })
}

/// A job that runs these tasks again.
fn again(tasks: &[u32], nonce: u8) -> (Job, LeafList, Vec<u8>) {
    let nonce = JobNonce([nonce; 16]);
    let job = subset::again(&job(), id_of(&job()), tasks, job().limits, nonce);
    let list = encode_list(&subset::leaves(tasks).collect::<Vec<_>>());
    let named = LeafList {
        input_root: job.input_root,
        sha256: Digest::of(&list),
    };
    (job, named, list)
}

#[tokio::test]
async fn subset_jobs_whose_certificates_count_are_in_their_parents_bundle_with_their_lists() {
    let mut world = World::with_job(1).await;
    let failed = fixture::fail(&job(), 1).encode(chain());
    world.add(1, &[cert(0), failed]).await;
    let (used, used_list, used_bytes) = again(&[1, 2], 7);
    let (unused, unused_list, unused_bytes) = again(&[1], 8);
    world.leaf_lists = vec![used_list, unused_list];
    world.blobs = vec![used_bytes, unused_bytes, vec![0]];
    let jobs = [fixture::job_entry(&used), fixture::job_entry(&unused)];
    world.add(1, &jobs).await;
    let of_unused = shared::fail::Fail {
        job_id: id_of(&unused),
        task: 0,
        ..fixture::fail(&job(), 1)
    };
    let of_used = fixture::cert_of(&used, 0, 1, &[0, 0, 0]).encode(chain());
    world
        .add_certified(&[of_used, of_unused.encode(chain())])
        .await;
    let partial = world.verified("").await;
    assert!(partial.partial, "task 2 is open");
    let jobs: Vec<JobId> = partial.jobs.keys().copied().collect();
    assert!(jobs.contains(&id_of(&used)) && jobs.len() == 2, "{jobs:?}");
    assert_eq!(partial.tasks[&1].job_id, id_of(&used));
    let last = fixture::cert_of(&used, 1, 2, &[0, 0, 1]).encode(chain());
    world.add_certified(&[last]).await;
    let whole = world.verified("").await;
    assert!(!whole.partial);
    assert_eq!(whole.tasks[&2].job_id, id_of(&used));
    assert!(whole.tasks.values().all(|task| task.input_checked));
    // Whoever knows the subset job only is given the same.
    let of_subset = bundle_of(&world.router(), id_of(&used), "").await;
    assert_eq!(of_subset, world.bundle("").await);
    // The one without a good answer is not asked for when only task 0 is.
    let first = world.verified("?count=1").await;
    assert_eq!((first.jobs.len(), first.tasks.len()), (1, 1));
}

/// The referee says that the certificate of a task is wrong.
fn void(task: u32, cert_index: u64) -> Vec<u8> {
    let cert = fixture::cert(&job(), task, &[0, 0, 0]);
    let outcome = fixture::outcome(1);
    let vote = Vote {
        job_id: cert.job_id,
        task,
        attempt: cert.attempt,
        seat: REFEREE_SEAT,
        nonce: SeatNonce([9; 16]),
        input_sha256: cert.input_sha256,
        module_sha256: cert.module_sha256,
        outcome,
        node_key: fixture::referee().node_key(),
    };
    let signature = fixture::referee().sign(&vote.encode_for_referee(chain()));
    let void = Void {
        cert_index,
        reason: VoidReason::Audit,
        votes: Vec::new(),
        referee: Some(RefereeOutcome {
            nonce: vote.nonce,
            outcome,
            signature,
        }),
    };
    void.encode(chain())
}

#[tokio::test]
async fn a_voided_certificate_stands_with_its_void_and_the_new_one_counts() {
    let mut world = World::new(1).await;
    world.policy.referee_key = Some(fixture::referee().node_key());
    world.prepare_all(1).await;
    let policy = world.policy.encode(chain());
    world.add(1, &[policy]).await;
    world.blobs = vec![b"original".to_vec(), b"manifest".to_vec(), vec![0]];
    world.add(1, &[fixture::prog_entry(&prog())]).await;
    world.add(1, &[fixture::job_entry(&job())]).await;
    let first = world.tip.size();
    world.add(1, &[cert(0), cert(1), cert(2)]).await;
    world.add(1, &[done(3, DoneReason::Complete)]).await;
    let seen = world.make(1, &[void(0, first)]);
    world.add_certified(&[void(0, first)]).await;
    let open = world.verified("").await;
    assert!(open.partial);
    assert_eq!(open.voids[0].cert_index, first);
    // One below a Void that is not certified yet does not know of it.
    let before = world.add(1, &[cert(0)]).await;
    assert_eq!(
        world.verified("").await.tasks.keys().copied().max(),
        Some(2)
    );
    assert!(world.verified("").await.partial);
    world.certify(&before).await;
    let whole = world.verified("").await;
    assert!(!whole.partial);
    assert_eq!(whole.tasks[&0].index, seen.tip.size());
    assert_eq!(whole.voids.len(), 1);
    let page = world.verified("?first=1&count=2").await;
    assert!(page.voids.is_empty());
}

#[tokio::test]
async fn a_certificate_whose_void_is_not_certified_yet_still_counts() {
    let mut world = World::new(1).await;
    world.policy.referee_key = Some(fixture::referee().node_key());
    world.prepare_all(1).await;
    let policy = world.policy.encode(chain());
    world.add(1, &[policy]).await;
    world.blobs = vec![b"original".to_vec(), b"manifest".to_vec(), vec![0]];
    world.add(1, &[fixture::prog_entry(&prog())]).await;
    world.add(1, &[fixture::job_entry(&job())]).await;
    let first = world.tip.size();
    world.add_certified(&[cert(0), cert(1), cert(2)]).await;
    world.add(1, &[void(0, first)]).await;
    world.add(1, &[cert(0)]).await;
    let before = world.verified("").await;
    assert!(!before.partial);
    assert_eq!(before.tasks[&0].index, first);
}

/// The policy of the world's nodes under which all of them must cosign.
fn policy_of_all(world: &World, version: u32) -> shared::ledger::policy::PolicyEntry {
    let old = world.text();
    let (log, witnesses) = (old.log().clone(), old.witnesses().to_vec());
    let text = QuorumPolicy::new(log, witnesses, "storage", world.nodes.len());
    shared::ledger::policy::PolicyEntry {
        text: text.unwrap().to_string(),
        ..policy_of(&world.nodes, version)
    }
}

#[tokio::test]
async fn each_policy_after_the_pinned_one_is_in_the_bundle_with_its_certificate() {
    let mut world = World::with_job(3).await;
    let old = world.text();
    world.add(1, &[cert(0)]).await;
    let next = policy_of_all(&world, 1);
    world.add_certified(&[next.encode(chain())]).await;
    // The policy's own block is certified by the one before, which is still in force for it.
    assert_eq!(world.verified("").await.policy.version, 0);
    world.policy = next;
    world.add_certified(&[cert(1), cert(2)]).await;
    let bundle = world.bundle("").await;
    let verified = verify(&bundle, &old).unwrap();
    assert_eq!((verified.policy.version, verified.partial), (1, false));
    let pinned = Digest::of(world.policy.text.as_bytes());
    let bundle = world.bundle(&format!("?policy={pinned}")).await;
    assert_eq!(
        verify(&bundle, &world.text()).unwrap().policy.version,
        1,
        "it begins at the pinned one"
    );
    let unknown = format!("?policy={}", Digest::of(b"another"));
    let (status, _) = ask(&world.router(), id_of(&job()), &unknown).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_bundle_without_the_certificate_of_a_policy_waits_for_it() {
    let mut world = World::with_job(1).await;
    let next = policy_of(&world.nodes, 1);
    world.add(1, &[next.encode(chain())]).await;
    world.policy = next;
    world.add_certified(&[cert(0)]).await;
    let (status, _) = ask(&world.router(), id_of(&job()), "").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_damaged_record_ends_the_bundle_in_the_middle() {
    let world = finished(1).await;
    behind_its_back(&world, FLIP_BLOCK_3).await;
    let (status, body) = ask(&world.router(), id_of(&job()), "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(to_bytes(body, 1 << 24).await.is_err());
}

#[tokio::test]
async fn a_coordinator_without_a_node_of_its_own_passes_bundles_on() {
    let world = finished(1).await;
    let address = serve(world.nodes[0].clone()).await;
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
    let reads = reads::LedgerReads::from_links(crate::storage::Links::new(links.to_vec()));
    let router = Router::new()
        .route("/api/v1/jobs/{id}/proof", axum::routing::get(reads::proof))
        .with_state(reads)
        .layer(axum::middleware::from_fn(crate::problem::answer));
    let id = id_of(&job());
    for query in ["", "?first=1&count=1"] {
        let passed = bundle_of(&router, id, query).await;
        assert_eq!(passed, world.bundle(query).await);
    }
    let pinned = Digest::of(world.policy.text.as_bytes());
    let passed = bundle_of(&router, id, &format!("?policy={pinned}")).await;
    verify(&passed, &world.text()).unwrap();
    let (status, _) = ask(&router, JobId([3; 32]), "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_job_of_many_blocks_and_tiles_is_proven() {
    let mut world = World::with_job(1).await;
    // Enough programs before and behind the Certs that the log has two full tiles.
    world
        .blobs
        .extend([b"original".to_vec(), b"manifest".to_vec()]);
    let programs = |from: u32| -> Vec<Vec<u8>> {
        let versions = from..from + 300;
        versions
            .map(|number| prog_of(&format!("2.{number}.0")))
            .collect()
    };
    world.add(1, &programs(0)).await;
    world.add(1, &[cert(0)]).await;
    world.add(1, &programs(300)).await;
    world
        .add_certified(&[cert(1), cert(2), done(3, DoneReason::Complete)])
        .await;
    let verified = world.verified("").await;
    assert!(verified.header.size() > 600);
    let accepted = |task: &u32| matches!(verified.tasks[task].verdict, Verdict::Accepted(_));
    assert!([0, 1, 2].iter().all(accepted));
}
