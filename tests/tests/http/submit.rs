//! Submissions: what is taken, what is refused and in which words, and that the same again is answered alike.

use reqwest::Method;
use shared::api::jobs::{JobState, JobSubmitted, JobView, WaitingReason};
use shared::api::problem::{Problem, ProblemCode};
use shared::crypto::SecretKey;
use shared::ids::{ChainId, Digest, UnixMs};
use shared::job::{ArgvMode, Policy};
use shared::leaf::Leaf;
use tests::programs::{self, Program};
use tests::server::TestServer;
use tests::user::{JobBuilder, TestUser};

async fn publisher(server: &TestServer) -> (TestUser, Program) {
    let user = server.submitter();
    let program = programs::nothing("nothing", "1.0.0");
    user.publish(&program).await;
    (user, program)
}

async fn refused(user: &TestUser, job: &JobBuilder) -> Problem {
    user.post("jobs", &job.body(user)).await.problem()
}

#[tokio::test]
async fn a_job_runs_once_its_last_input_is_uploaded() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let job = JobBuilder::chunks(&program, &[b"one", b"two", b"one"]).titled("three chunks");
    user.upload(b"one").await;
    let submitted = user.submit(&job).await;
    assert_eq!(submitted.job_id, job.sign(&user).id());
    assert_eq!(submitted.missing, [Digest::of(b"two")]);

    let path = format!("jobs/{}", submitted.job_id);
    let view: JobView = user.get(&path).await.ok();
    assert_eq!(view.state, JobState::Uploading);
    assert_eq!(view.waiting, Some(WaitingReason::Inputs { missing: 1 }));
    assert_eq!((view.task_count, view.tasks.waiting), (3, 3));
    assert_eq!(
        (view.title.as_str(), view.program.as_str()),
        ("three chunks", "nothing@1.0.0")
    );
    let leaves = view.leaves_sha256.unwrap();
    assert_eq!(user.get(&format!("blobs/{leaves}")).await.body, job.leaves);

    user.upload(b"two").await;
    let view: JobView = user.get(&path).await.ok();
    assert_eq!(view.state, JobState::Running);
}

#[tokio::test]
async fn a_job_with_all_its_inputs_runs_at_once_and_so_does_a_range() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    user.upload(b"one").await;
    user.upload(b"common").await;
    let common = Digest::of(b"common");
    let chunks = JobBuilder::chunks(&program, &[b"one"]).with(|job| job.common_sha256 = common);
    for job in [chunks, JobBuilder::range(&program, -5, 1_000, 10)] {
        let submitted = user.submit(&job).await;
        assert_eq!(submitted.missing_total, 0);
        let view: JobView = user.get(&format!("jobs/{}", submitted.job_id)).await.ok();
        assert_eq!(view.state, JobState::Running);
    }
}

#[tokio::test]
async fn a_job_of_very_many_chunks_is_taken_in_one_request() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let leaf = |n: u32| Leaf::Chunk {
        sha256: Digest::of(&(n % 12_000).to_be_bytes()),
        len: 4,
    };
    let leaves: Vec<_> = (0..40_000).map(leaf).collect();
    let submitted = user.submit(&JobBuilder::of_leaves(&program, &leaves)).await;
    assert_eq!(
        (submitted.missing.len(), submitted.missing_total),
        (10_000, 12_000)
    );
}

#[tokio::test]
async fn the_same_job_again_is_answered_alike() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let job = JobBuilder::chunks(&program, &[b"one", b"two"]);
    let first = user.submit(&job).await;
    assert_eq!(user.submit(&job).await, first);
    user.upload(b"one").await;
    assert_eq!(user.submit(&job).await.missing, [Digest::of(b"two")]);
    user.upload(b"two").await;
    let done = JobSubmitted {
        missing: Vec::new(),
        missing_total: 0,
        ..first
    };
    assert_eq!(user.submit(&job).await, done);
}

#[tokio::test]
async fn knowing_a_hash_grants_nothing() {
    let server = TestServer::start().await;
    let (ann, program) = publisher(&server).await;
    let eve = server.submitter();
    ann.upload(b"secret input").await;
    let job = JobBuilder::chunks(&program, &[b"secret input"]);
    let submitted = eve.submit(&job).await;
    assert_eq!(submitted.missing, [Digest::of(b"secret input")]);
    let view: JobView = eve.get(&format!("jobs/{}", submitted.job_id)).await.ok();
    assert_eq!(view.state, JobState::Uploading);
    let answer = eve
        .get(&format!("blobs/{}", Digest::of(b"secret input")))
        .await;
    assert_eq!(answer.code(), ProblemCode::NotFound);
}

#[tokio::test]
async fn trust_must_be_odd_and_from_3_to_15() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    for trust in [0, 1, 2, 4, 16, 17] {
        let job = JobBuilder::range(&program, 0, 9, 1).with(|job| job.trust = trust);
        let problem = refused(&user, &job).await;
        assert_eq!(problem.code, ProblemCode::JobInvalid);
        let words = format!("trust is {trust}: must be odd, 3 to 15");
        assert_eq!(
            (problem.detail.as_str(), problem.errors[0].pointer.as_str()),
            (words.as_str(), "/job")
        );
    }
}

#[tokio::test]
async fn a_range_that_is_reversed_empty_or_too_long_is_refused() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    for (start, end, chunk, words) in [
        (9, 0, 1, "greater than range_start"),
        (5, 5, 1, "greater than range_start"),
        (0, 1_048_577, 1, "1,048,576"),
        (0, 9, 0, "task_count"),
        (i64::MIN, i64::MAX, 1, "task_count"),
    ] {
        let problem = refused(&user, &JobBuilder::range(&program, start, end, chunk)).await;
        assert_eq!(problem.code, ProblemCode::JobInvalid, "{start}..{end}");
        assert!(
            problem.detail.contains(words),
            "{start}..{end}: {}",
            problem.detail
        );
    }
    let whole = JobBuilder::range(&program, 0, 1_048_576, 1);
    assert_eq!(user.submit(&whole).await.missing_total, 0);
}

#[tokio::test]
async fn an_empty_input_is_refused() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let problem = refused(&user, &JobBuilder::chunks(&program, &[])).await;
    assert_eq!(problem.code, ProblemCode::JobInvalid);
    assert!(
        problem.detail.contains("task_count is 0"),
        "{}",
        problem.detail
    );
    let problem = refused(&user, &JobBuilder::chunks(&program, &[b"one", b""])).await;
    assert_eq!(problem.code, ProblemCode::LeavesMismatch);
    assert!(
        problem.detail.contains("task 1 is empty"),
        "{}",
        problem.detail
    );
}

#[tokio::test]
async fn leaves_that_do_not_make_the_input_root_are_refused() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let good = JobBuilder::chunks(&program, &[b"one", b"two"]);
    let short = JobBuilder {
        leaves: good.leaves[..79].to_vec(),
        ..good.clone()
    };
    let none = JobBuilder {
        leaves: Vec::new(),
        ..good.clone()
    };
    let mut swapped = good.clone();
    swapped.leaves.rotate_left(40);
    let mut range = JobBuilder::range(&program, 0, 9, 1);
    range.leaves = vec![0; 40];
    let wrong_root =
        JobBuilder::range(&program, 0, 9, 1).with(|job| job.input_root = Digest([1; 32]));
    for job in [short, none, swapped, range, wrong_root] {
        let problem = refused(&user, &job).await;
        assert_eq!(
            problem.code,
            ProblemCode::LeavesMismatch,
            "{}",
            problem.detail
        );
        assert_eq!(problem.errors[0].pointer, "/leaves");
    }
}

#[tokio::test]
async fn what_is_over_the_servers_limits_is_refused_with_the_limit() {
    let server = TestServer::builder().limits(|limits| {
        limits.tasks = 100;
        limits.chunk_bytes = 1000;
        limits.output_bytes = 1 << 20;
        limits.wall_ms = 5_000;
    });
    let server = server.start().await;
    let (user, program) = publisher(&server).await;
    let within = JobBuilder::range(&program, 0, 9, 1).with(|job| {
        job.limits.output_bytes = 1 << 20;
        job.limits.wall_ms = 5_000;
    });
    user.submit(&within).await;
    let change = |change: fn(&mut shared::job::Job)| within.clone().with(change);
    for (job, limit) in [
        (
            change(|job| job.limits.output_bytes += 1),
            "output_bytes is 1048577",
        ),
        (change(|job| job.limits.wall_ms += 1), "at most 5000"),
        (JobBuilder::range(&program, 0, 101, 1), "at most 100"),
    ] {
        let problem = refused(&user, &job).await;
        assert_eq!(problem.code, ProblemCode::NotOffered, "{}", problem.detail);
        assert!(problem.detail.contains(limit), "{}", problem.detail);
    }
    let large = Leaf::Chunk {
        sha256: Digest([1; 32]),
        len: 1001,
    };
    let large =
        JobBuilder::of_leaves(&program, &[large]).with(|job| job.limits = within.job.limits);
    let problem = refused(&user, &large).await;
    assert_eq!(problem.code, ProblemCode::LeavesMismatch);
    assert!(
        problem.detail.contains("at most 1000"),
        "{}",
        problem.detail
    );
    for change in [
        change(|job| job.limits.fuel = 0),
        change(|job| job.limits.memory_pages = 16_385),
        change(|job| job.limits.wall_ms = 0),
        change(|job| job.args = vec![b"x".to_vec(); 65]),
        change(|job| job.args = vec![vec![b'x'; 4097]]),
        change(|job| job.args = vec![b"a\0b".to_vec()]),
        change(|job| job.args = vec![vec![b'x'; 4096]; 9]),
    ] {
        assert_eq!(refused(&user, &change).await.code, ProblemCode::JobInvalid);
    }
}

#[tokio::test]
async fn what_is_not_offered_yet_is_said_to_be_so() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let range = JobBuilder::range(&program, 0, 9, 1);
    for policy in [
        Policy::Fast,
        Policy::Proven,
        Policy::Diverse,
        Policy::Pool("mine".into()),
    ] {
        let name = policy.to_string();
        let problem = refused(&user, &range.clone().with(|job| job.policy = policy)).await;
        assert_eq!(problem.code, ProblemCode::NotOffered);
        assert!(problem.detail.contains(&name), "{}", problem.detail);
    }
}

#[tokio::test]
async fn a_job_of_an_unknown_program_is_refused() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let range = JobBuilder::range(&program, 0, 9, 1);
    let module = range
        .clone()
        .with(|job| job.module_sha256 = Digest::of(b"unknown"));
    let manifest = range.with(|job| job.manifest_sha256 = Digest::of(b"unknown"));
    for job in [module, manifest] {
        assert_eq!(refused(&user, &job).await.code, ProblemCode::UnknownProgram);
    }
}

#[tokio::test]
async fn args_must_be_those_of_the_programs_manifest_in_its_order() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let range = JobBuilder::range(&program, 0, 9, 1);
    user.submit(&range.clone().args(&["width=9", "title=a = b"]))
        .await;
    for (args, words) in [
        (vec!["width=10", "title=x"], "10 is not between 1 and 9"),
        (vec!["width=1"], "width=1 title=none"),
        (vec!["title=x", "width=1"], "width=1 title=x"),
        (vec!["width=01", "title=x"], "width"),
        (vec!["height=1"], "no arg \"height\""),
        (vec!["width"], "name=value"),
        (vec!["width=1", "width=1"], "given twice"),
    ] {
        let problem = refused(&user, &range.clone().args(&args)).await;
        assert_eq!(problem.code, ProblemCode::JobInvalid, "{args:?}");
        assert!(
            problem.detail.contains(words),
            "{args:?}: {}",
            problem.detail
        );
    }
    let plain = range.with(|job| job.argv_mode = ArgvMode::Plain);
    let problem = refused(&user, &plain).await;
    assert!(problem.detail.contains("argv_mode"), "{}", problem.detail);
}

#[tokio::test]
async fn an_input_of_a_kind_that_the_program_does_not_take_is_refused() {
    let server = TestServer::start().await;
    let user = server.submitter();
    let takes = |accepted: &str, default: &str| {
        let mut program = programs::nothing(&format!("takes-{accepted}"), "1.0.0");
        let mut manifest: serde_json::Value = serde_json::from_slice(&program.manifest).unwrap();
        manifest["splits"] = serde_json::json!({"accepted": [accepted], "default": default});
        if accepted == "range" {
            let range = serde_json::json!({"start": 0, "end": 9, "chunk": 1});
            manifest["example"] = serde_json::json!({"range": range, "args": {}});
        }
        program.manifest = serde_json::to_vec(&manifest).unwrap();
        program
    };
    let (ranges, lines) = (takes("range", "range:4"), takes("lines", "lines:1KiB"));
    for (job, words) in [
        (JobBuilder::chunks(&ranges, &[b"one"]), "takes range only"),
        (JobBuilder::range(&lines, 0, 9, 1), "takes lines only"),
    ] {
        user.publish(&ranges).await;
        user.publish(&lines).await;
        let problem = refused(&user, &job).await;
        assert_eq!(problem.code, ProblemCode::JobInvalid);
        assert!(problem.detail.contains(words), "{}", problem.detail);
    }
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_refused() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let past = UnixMs(server.clock.now().0 - 1);
    let job = JobBuilder::range(&program, 0, 9, 1).with(|job| job.deadline_ms = past);
    let problem = refused(&user, &job).await;
    assert_eq!(problem.code, ProblemCode::JobInvalid);
    assert!(problem.detail.contains("has passed"), "{}", problem.detail);
}

#[tokio::test]
async fn a_title_is_short_plain_text() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let job = JobBuilder::range(&program, 0, 9, 1);
    for bad in [
        "x".repeat(201),
        "a\nb".to_owned(),
        "\u{1b}[2J".to_owned(),
        "a\0".to_owned(),
    ] {
        let problem = refused(&user, &job.clone().titled(&bad)).await;
        assert_eq!(problem.code, ProblemCode::JobInvalid);
        assert_eq!(problem.errors[0].pointer, "/title");
    }
    let good = "众手 – \u{1f600} ".repeat(20);
    user.submit(&job.titled(&good)).await;
}

#[tokio::test]
async fn a_job_signed_by_nobody_another_key_or_for_another_ledger_is_refused() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let eve = server.submitter();
    let job = JobBuilder::range(&program, 0, 9, 1);

    let mut tampered = job.body(&user);
    let last = tampered.job.len() - 1;
    tampered.job[last] ^= 1;
    let problem = user.post("jobs", &tampered).await.problem();
    assert_eq!(problem.code, ProblemCode::JobInvalid);
    assert!(problem.detail.contains("signature"), "{}", problem.detail);

    let problem = eve.post("jobs", &job.body(&user)).await.problem();
    assert!(problem.detail.contains("signed by"), "{}", problem.detail);

    let key = SecretKey::from_seed(&[5; 32]);
    let mut other = job.job.clone();
    other.submitter_key = key.submitter_key();
    let other = other.sign(ChainId([1; 32]), &key).unwrap().encode();
    let body = shared::api::jobs::SubmitJob {
        job: other,
        ..job.body(&user)
    };
    let problem = user.post("jobs", &body).await.problem();
    assert!(
        problem.detail.contains("another ledger"),
        "{}",
        problem.detail
    );

    for garbage in [Vec::new(), vec![0; 40_000], b"manyhands/jobs/1".to_vec()] {
        let body = shared::api::jobs::SubmitJob {
            job: garbage,
            ..job.body(&user)
        };
        assert_eq!(
            user.post("jobs", &body).await.code(),
            ProblemCode::JobInvalid
        );
    }
}

#[tokio::test]
async fn a_refused_submission_disturbs_nobody() {
    let server = TestServer::start().await;
    let (user, program) = publisher(&server).await;
    let bad = JobBuilder::range(&program, 9, 0, 1);
    refused(&user, &bad).await;
    let ask = user
        .ask(Method::POST, "jobs")
        .body("application/json", vec![b'['; 100_000]);
    assert_eq!(ask.send().await.code(), ProblemCode::InvalidRequest);
    let good = JobBuilder::range(&program, 0, 9, 1);
    user.submit(&good).await;
}
