//! The native volunteer over real sockets, against a coordinator played by the test.

use super::*;
use axum_server::tls_rustls::RustlsConfig;
use coordinator::{Coordinator, Node, ORIGIN};
use rustls::pki_types::PrivateKeyDer;
use shared::codec::Canonical as _;
use shared::crypto::PublicKey as _;
use shared::ids::{ChainId, Digest, JobId, JobSeed, SeatNonce};
use shared::job::{ArgvMode, Limits};
use shared::outcome::Outcome;
use shared::protocol::{
    AssignedInput, Assignment, NodeLimits, OUTPUT_PIECE_BYTES, RefuseReason, Settlement,
    SignedVote, ToCoordinator, ToNode, UnableReason,
};
use shared::rewrite::rewrite;
use shared::vote::Vote;
use tokio::task::JoinHandle;

mod coordinator;
mod liars;

/// Copies standard input to standard output, 64 KiB at a time.
const ECHO: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start")
    (loop $more
      (i32.store (i32.const 0) (i32.const 65536))
      (i32.store (i32.const 4) (i32.const 65536))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (i32.store (i32.const 4) (i32.load (i32.const 8)))
      (if (i32.load (i32.const 8)) (then
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
        (br $more))))))"#;
/// Never ends.
const ENDLESS: &str = r#"(module
  (memory (export "memory") 1)
  (func (export "_start") (loop $more (br $more))))"#;

const LIMITS: NodeLimits = NodeLimits {
    window: 4,
    lease_ms: 60_000,
    module_bytes: 1 << 20,
    input_bytes: 1 << 20,
};

/// A volunteer that runs in this process, in a data directory of its own.
struct Running {
    shutdown: CancellationToken,
    ended: JoinHandle<Result<()>>,
    data: PathBuf,
}

fn config(coordinator: &Coordinator, name: &str) -> VolunteerConfig {
    let data = std::env::temp_dir().join(format!("manyhands-vol-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&data);
    VolunteerConfig {
        url: coordinator.url.parse().unwrap(),
        data,
        slots: 1,
        bind: None,
        misbehave: None,
        owner_keys: Vec::new(),
        ca: None,
        memory_pages: 4096,
        json: false,
    }
}

fn start(config: VolunteerConfig) -> Running {
    let shutdown = CancellationToken::new();
    let data = config.data.clone();
    let ended = tokio::spawn(run(config, shutdown.clone()));
    Running {
        shutdown,
        ended,
        data,
    }
}

impl Running {
    async fn stop(self) -> Result<()> {
        self.shutdown.cancel();
        let result = self.ended.await.unwrap();
        std::fs::remove_dir_all(self.data).unwrap();
        result
    }
}

fn nonce(number: u8) -> SeatNonce {
    SeatNonce([number; SeatNonce::LEN])
}

fn assignment(number: u8, module: Digest, input: AssignedInput) -> Assignment {
    Assignment {
        nonce: nonce(number),
        job_id: JobId([9; 32]),
        task: number.into(),
        attempt: 1,
        seat: 0,
        program: "echo@1.0.0".into(),
        title: "a test".into(),
        module_sha256: module,
        argv_mode: ArgvMode::Staged,
        args: Vec::new(),
        common_sha256: Digest::NONE,
        input,
        limits: Limits::default(),
        seed: JobSeed([0; 32]),
        random_task: number.into(),
    }
}

fn wasm(coordinator: &Coordinator, text: &str) -> Digest {
    let rewritten = rewrite(&wat::parse_str(text).unwrap()).unwrap();
    coordinator.put(&rewritten.module)
}

async fn assign(node: &mut Node, assignments: Vec<Assignment>) {
    node.send(&ToNode::Assign(assignments)).await;
}

async fn next_votes(node: &mut Node) -> Vec<SignedVote> {
    let votes = |message| match message {
        ToCoordinator::Vote(votes) => Some(votes),
        _ => None,
    };
    node.next(votes).await
}

async fn next_unable(node: &mut Node) -> (SeatNonce, UnableReason) {
    let unable = |message| match message {
        ToCoordinator::Unable { assignment, reason } => Some((assignment, reason)),
        _ => None,
    };
    node.next(unable).await
}

#[tokio::test]
async fn a_task_is_fetched_run_and_voted_on_with_a_signature_that_verifies() {
    let mut coordinator = Coordinator::start().await;
    let (module, input) = (wasm(&coordinator, ECHO), coordinator.put(b"some words"));
    let owner = SecretKey::from_seed(&[8; 32]);
    let running = start(VolunteerConfig {
        owner_keys: vec![owner.clone()],
        ..config(&coordinator, "vote")
    });
    let mut node = coordinator.welcome(LIMITS).await;
    assert_eq!(node.capabilities.slots, 1);
    assert_eq!(node.owners.first().unwrap().key, owner.submitter_key());
    let task = assignment(
        1,
        module,
        AssignedInput::Fetch {
            sha256: input,
            len: 10,
        },
    );
    assign(&mut node, vec![task]).await;
    let votes = next_votes(&mut node).await;
    let vote = votes.first().unwrap();
    assert_eq!(vote.output, b"some words");
    assert_eq!(vote.outcome, Outcome::ok(b"some words", vote.outcome.fuel));
    let statement = Vote {
        job_id: JobId([9; 32]),
        task: 1,
        attempt: 1,
        seat: 0,
        nonce: nonce(1),
        input_sha256: input,
        module_sha256: module,
        outcome: vote.outcome,
        node_key: node.key,
    };
    let signed = statement.encode(ChainId::of_origin(ORIGIN));
    assert!(node.key.verifies(&signed, &vote.signature));
    running.stop().await.unwrap();
}

#[tokio::test]
async fn an_unsettled_vote_is_sent_again_after_the_coordinator_was_away() {
    let mut coordinator = Coordinator::start().await;
    let module = wasm(&coordinator, ECHO);
    let running = start(config(&coordinator, "resend"));
    let mut node = coordinator.welcome(LIMITS).await;
    let tasks = [1, 2].map(|n| assignment(n, module, AssignedInput::Inline(vec![n])));
    assign(&mut node, tasks.to_vec()).await;
    let first = next_votes(&mut node).await;
    let second = next_votes(&mut node).await;
    assert_eq!(first.first().unwrap().assignment, nonce(1));
    node.send(&ToNode::Settled {
        assignment: nonce(1),
        verdict: Settlement::Superseded,
    })
    .await;
    let reason = RefuseReason::ShuttingDown;
    node.send(&ToNode::Refuse { reason }).await;
    node.until_closed().await;
    let mut node = coordinator.welcome(LIMITS).await;
    assert_eq!(next_votes(&mut node).await, second);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_large_output_is_sent_in_pieces_when_it_is_needed() {
    let mut coordinator = Coordinator::start().await;
    let module = wasm(&coordinator, ECHO);
    let large: Vec<u8> = (0..600_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let sha256 = coordinator.put(&large);
    let running = start(config(&coordinator, "large"));
    let mut node = coordinator.welcome(LIMITS).await;
    let len = large.len() as u64;
    let input = AssignedInput::Fetch { sha256, len };
    assign(&mut node, vec![assignment(1, module, input)]).await;
    let votes = next_votes(&mut node).await;
    assert!(votes.first().unwrap().output.is_empty());
    node.send(&ToNode::NeedOutput { sha256 }).await;
    let mut received = Vec::new();
    loop {
        let piece = |message| match message {
            ToCoordinator::Output { offset, bytes, .. } => Some((offset, bytes)),
            _ => None,
        };
        let (offset, bytes) = node.next(piece).await;
        assert_eq!(offset, received.len() as u64);
        assert!(bytes.len() <= OUTPUT_PIECE_BYTES);
        if bytes.is_empty() {
            break;
        }
        received.extend(bytes);
    }
    assert_eq!(received, large);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_cancelled_guest_that_never_ends_makes_room_for_the_next() {
    let mut coordinator = Coordinator::start().await;
    let (endless, echo) = (wasm(&coordinator, ENDLESS), wasm(&coordinator, ECHO));
    let running = start(config(&coordinator, "cancel"));
    let mut node = coordinator.welcome(LIMITS).await;
    let inline = || AssignedInput::Inline(b"x".to_vec());
    let tasks = vec![
        assignment(1, endless, inline()),
        assignment(2, echo, inline()),
    ];
    assign(&mut node, tasks).await;
    node.send(&ToNode::Cancel {
        assignment: nonce(1),
    })
    .await;
    let votes = next_votes(&mut node).await;
    assert_eq!(votes.first().unwrap().assignment, nonce(2));
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_guest_over_its_wall_clock_limit_is_given_back() {
    let mut coordinator = Coordinator::start().await;
    let endless = wasm(&coordinator, ENDLESS);
    let running = start(config(&coordinator, "wall"));
    let mut node = coordinator.welcome(LIMITS).await;
    let mut task = assignment(1, endless, AssignedInput::Inline(Vec::new()));
    task.limits.wall_ms = 20;
    assign(&mut node, vec![task]).await;
    let unable = next_unable(&mut node).await;
    assert_eq!(unable, (nonce(1), UnableReason::WallClock));
    running.stop().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_fetched_or_compiled_is_given_back_with_the_reason() {
    let mut coordinator = Coordinator::start().await;
    let (echo, no_module) = (wasm(&coordinator, ECHO), coordinator.put(b"not wasm"));
    let changed = Digest([4; 32]);
    coordinator.put_as(changed, b"other bytes");
    let running = start(config(&coordinator, "unable"));
    let mut node = coordinator.welcome(LIMITS).await;
    let inline = || AssignedInput::Inline(Vec::new());
    let fetch = |sha256, len| AssignedInput::Fetch { sha256, len };
    let cases = [
        (assignment(1, no_module, inline()), UnableReason::Engine),
        (
            assignment(2, Digest([3; 32]), inline()),
            UnableReason::Fetch,
        ),
        (assignment(3, echo, fetch(changed, 11)), UnableReason::Fetch),
    ];
    for (task, reason) in cases {
        let number = task.nonce;
        assign(&mut node, vec![task]).await;
        assert_eq!(next_unable(&mut node).await, (number, reason));
    }
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_volunteer_that_is_stopped_says_goodbye_and_closes() {
    let mut coordinator = Coordinator::start().await;
    let running = start(config(&coordinator, "goodbye"));
    let mut node = coordinator.welcome(LIMITS).await;
    let joined = |message| matches!(message, ToCoordinator::Slots { free: 4 }).then_some(());
    node.next(joined).await;
    running.shutdown.cancel();
    let last = node.until_closed().await.pop();
    assert_eq!(last, Some(ToCoordinator::Goodbye));
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_volunteer_whose_key_is_used_elsewhere_ends_and_says_why() {
    let mut coordinator = Coordinator::start().await;
    let running = start(config(&coordinator, "taken-over"));
    let mut node = coordinator.welcome(LIMITS).await;
    let reason = RefuseReason::TakenOver;
    node.send(&ToNode::Refuse { reason }).await;
    let error = running.ended.await.unwrap().unwrap_err();
    assert!(
        error.to_string().contains("only one program may use a key"),
        "{error}"
    );
    std::fs::remove_dir_all(running.data).unwrap();
}

#[tokio::test]
async fn it_connects_from_the_address_that_it_is_bound_to_and_keeps_its_key() {
    let mut coordinator = Coordinator::start().await;
    let bound = VolunteerConfig {
        bind: Some("127.0.2.1".parse().unwrap()),
        ..config(&coordinator, "bind")
    };
    let running = start(bound.clone());
    let node = coordinator.welcome(LIMITS).await;
    assert_eq!(node.from.ip().to_string(), "127.0.2.1");
    running.shutdown.cancel();
    running.ended.await.unwrap().unwrap();
    let running = start(bound);
    assert_eq!(coordinator.welcome(LIMITS).await.key, node.key);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn it_joins_over_tls_when_it_is_given_the_certificate_and_only_then() {
    let signed = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let chain = vec![signed.cert.der().clone()];
    let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let tls = RustlsConfig::from_config(Arc::new(server));
    let mut coordinator = Coordinator::start_tls(tls);
    let module = wasm(&coordinator, ECHO);
    let mut trusting = config(&coordinator, "tls");
    let ca = trusting.data.with_extension("pem");
    std::fs::write(&ca, signed.cert.pem()).unwrap();
    let distrusting = start(config(&coordinator, "no-ca"));
    trusting.ca = Some(ca.clone());
    let running = start(trusting);
    let mut node = coordinator.welcome(LIMITS).await;
    let input = AssignedInput::Inline(b"x".to_vec());
    assign(&mut node, vec![assignment(1, module, input)]).await;
    assert_eq!(next_votes(&mut node).await.len(), 1);
    running.stop().await.unwrap();
    assert!(coordinator.is_quiet());
    distrusting.stop().await.unwrap();
    std::fs::remove_file(ca).unwrap();
}
