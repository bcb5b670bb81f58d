//! Jobs that run tasks of an earlier job again: which are taken, which rule each other one breaks, and that they keep what
//! they read.

use coordinator::store::JobEnd;
use shared::api::jobs::{JobState, JobView};
use shared::api::problem::{Problem, ProblemCode};
use shared::ids::{Digest, JobId, JobSeed, UnixMs};
use shared::job::{ArgvMode, Input, Job};
use shared::leaf::input_root;
use shared::subset::{self, MAX_SUBSETS};
use tests::playing_sealer;
use tests::programs::{self, Program};
use tests::server::TestServer;
use tests::user::{JobBuilder, TestUser};

const DAY_MS: u64 = 24 * 3_600_000;
const CHUNKS: [&[u8]; 3] = [b"one", b"two", b"three"];

/// Writes each function as two tests: `sqlite::name` and `postgres::name`.
macro_rules! on_both_databases {
    ($(async fn $name:ident($server:ident) $body:block)*) => {
        $(async fn $name($server: tests::server::TestServer) $body)*

        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(tests::server::TestServer::start().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let server = tests::server::TestServer::builder().on_postgres();
                super::$name(server.start().await).await;
            })*
        }
    };
}

async fn publisher(server: &TestServer) -> (TestUser, Program) {
    let user = server.submitter();
    let program = programs::nothing("nothing", "1.0.0");
    user.publish(&program).await;
    (user, program)
}

/// A job of three chunks that runs.
async fn parent(server: &TestServer) -> (TestUser, JobBuilder) {
    let (user, program) = publisher(server).await;
    for chunk in CHUNKS {
        user.upload(chunk).await;
    }
    let job = JobBuilder::chunks(&program, &CHUNKS).titled("three chunks");
    assert_eq!(user.submit(&job).await.missing_total, 0);
    (user, job)
}

async fn view(user: &TestUser, id: JobId) -> JobView {
    user.get(&format!("jobs/{id}")).await.ok()
}

async fn refused(user: &TestUser, job: &JobBuilder) -> Problem {
    user.post("jobs", &job.body(user)).await.problem()
}

async fn end(server: &TestServer, job: JobId, at: UnixMs) {
    server.stop_storing();
    let (store, lease) = (&server.store, &server.lease);
    let closed = store.job_close(lease, job, &JobEnd::Complete, None, at);
    assert!(closed.await.unwrap().is_some());
    playing_sealer::store_all(store, lease, at).await;
}

on_both_databases! {
    async fn a_subset_job_runs_at_once_and_names_its_parent_which_names_it(server) {
        let (user, job) = parent(&server).await;
        let again = job.again(&user, &[0, 2]).with(|job| job.limits.memory_pages = 9_000);
        let submitted = user.submit(&again).await;
        assert_eq!(submitted.missing_total, 0);
        assert_eq!(user.submit(&again).await, submitted, "the same again is answered alike");

        let parent_id = job.sign(&user).id();
        let told = view(&user, submitted.job_id).await;
        assert_eq!((told.state, told.task_count), (JobState::Running, 2));
        assert_eq!((told.parent, told.limits.memory_pages), (Some(parent_id), 9_000));
        let leaves = user.get(&format!("blobs/{}", told.leaves_sha256.unwrap())).await;
        assert_eq!(leaves.body, [0, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!(view(&user, parent_id).await.subsets, [submitted.job_id]);
        assert_eq!(view(&user, parent_id).await.parent, None);
    }

    async fn tasks_of_a_range_run_again_without_a_leaf_list_of_the_parent(server) {
        let (user, program) = publisher(&server).await;
        let job = JobBuilder::range(&program, -5, 95, 10);
        user.submit(&job).await;
        let submitted = user.submit(&job.again(&user, &[3, 9])).await;
        assert_eq!(view(&user, submitted.job_id).await.state, JobState::Running);
    }

    async fn a_subset_of_a_job_that_is_still_uploaded_is_refused_with_what_to_do(server) {
        let (user, program) = publisher(&server).await;
        let job = JobBuilder::chunks(&program, &CHUNKS);
        user.submit(&job).await;
        let problem = refused(&user, &job.again(&user, &[1])).await;
        assert_eq!(problem.code, ProblemCode::JobInvalid);
        for words in ["rule subset_parent", "is not on the ledger", "upload them first"] {
            assert!(problem.detail.contains(words), "{}", problem.detail);
        }
        for chunk in CHUNKS {
            user.upload(chunk).await;
        }
        let submitted = user.submit(&job.again(&user, &[1])).await;
        assert_eq!(view(&user, submitted.job_id).await.state, JobState::Running);
    }

    async fn what_a_subset_job_reads_outlives_its_parents_end(server) {
        let (user, job) = parent(&server).await;
        let parent_id = job.sign(&user).id();
        let again = job.again(&user, &[1]);
        let subset_id = user.submit(&again).await.job_id;
        let now = server.clock.now();
        end(&server, parent_id, now).await;
        assert_eq!(view(&user, parent_id).await.kept_until_ms, None, "the subset job runs");
        let later = now.plus(100 * DAY_MS);
        server.store.gc(later, 30).await.unwrap();
        let record = server.store.job_get(parent_id).await.unwrap().unwrap();
        assert!(!record.blobs_deleted, "its outputs are part of one result with those of the subset job");
        for chunk in [b"two".as_slice(), &job.leaves, &again.leaves] {
            let info = server.store.blob_info(Digest::of(chunk)).await.unwrap();
            assert!(info.is_some(), "{chunk:?}");
        }
        end(&server, subset_id, later).await;
        let kept = view(&user, parent_id).await.kept_until_ms.unwrap();
        assert_eq!(kept, view(&user, subset_id).await.kept_until_ms.unwrap());
        server.store.gc(later.plus(30 * DAY_MS), 30).await.unwrap();
        assert!(server.store.blob_info(Digest::of(b"two")).await.unwrap().is_some());
        server.store.gc(later.plus(31 * DAY_MS), 30).await.unwrap();
        server.store.gc(later.plus(31 * DAY_MS), 30).await.unwrap();
        assert_eq!(server.store.blob_info(Digest::of(b"two")).await.unwrap(), None);
    }

    async fn tasks_whose_inputs_were_deleted_are_refused_with_what_to_do(server) {
        let (user, job) = parent(&server).await;
        let id = job.sign(&user).id();
        end(&server, id, UnixMs(server.clock.now().0 - 31 * DAY_MS)).await;
        server.store.gc(server.clock.now(), 30).await.unwrap();
        let problem = refused(&user, &job.again(&user, &[1])).await;
        assert_eq!(problem.code, ProblemCode::JobEnded);
        let words = format!("the inputs of job {id} were deleted");
        assert!(problem.detail.contains(&words), "{}", problem.detail);
        assert!(problem.detail.contains("as a new job"), "{}", problem.detail);
    }
}

#[tokio::test]
async fn the_parent_must_be_an_earlier_job_of_the_same_key_and_no_subset_itself() {
    let server = TestServer::start().await;
    let (user, job) = parent(&server).await;
    let unknown = job.again(&user, &[1]).with(|job| {
        job.input = Input::Subset {
            parent: JobId([1; 32]),
        };
    });
    let eve = server.submitter();
    let foreign = job.again(&user, &[1]);
    for (who, job) in [(&user, &unknown), (&eve, &foreign)] {
        let problem = refused(who, job).await;
        assert_eq!(problem.code, ProblemCode::JobInvalid);
        let words = "rule subset_parent: this key has no job";
        assert!(problem.detail.contains(words), "{}", problem.detail);
    }
    let again = job.again(&user, &[0, 2]);
    user.submit(&again).await;
    let problem = refused(&user, &again.again(&user, &[1])).await;
    let words = format!("name job {} as the parent", job.sign(&user).id());
    assert!(problem.detail.contains(&words), "{}", problem.detail);
}

#[tokio::test]
async fn nothing_that_runs_may_differ_from_the_parent() {
    let server = TestServer::start().await;
    let (user, job) = parent(&server).await;
    let refused_for = async |field: &str, change: fn(&mut Job)| {
        let problem = refused(&user, &job.again(&user, &[1]).with(change)).await;
        let found = (problem.code, problem.errors[0].pointer.as_str());
        assert_eq!(found, (ProblemCode::JobInvalid, "/job"), "{field}");
        let words = format!("rule subset_equal: {field} is not the parent's");
        assert!(problem.detail.contains(&words), "{}", problem.detail);
    };
    refused_for("module_sha256", |job| job.module_sha256 = Digest([9; 32])).await;
    refused_for("manifest_sha256", |job| {
        job.manifest_sha256 = Digest([9; 32]);
    })
    .await;
    refused_for("argv_mode", |job| job.argv_mode = ArgvMode::Plain).await;
    refused_for("args", |job| job.args[0] = b"width=4".to_vec()).await;
    refused_for("common_sha256", |job| job.common_sha256 = Digest([9; 32])).await;
    refused_for("seed", |job| job.seed = JobSeed([9; 32])).await;
    let otherwise = job.again(&user, &[1]).with(|job| {
        job.trust = 5;
        job.limits.wall_ms = 1_000;
        job.limits.output_bytes = 1;
    });
    user.submit(&otherwise).await;
}

#[tokio::test]
async fn leaves_are_tasks_of_the_parent_ascending_and_those_that_were_signed() {
    let server = TestServer::start().await;
    let (user, job) = parent(&server).await;
    let again = |tasks: &[u32]| job.again(&user, tasks);
    let mut short = again(&[0, 1]);
    short.leaves.pop();
    let mut other = again(&[0, 1]);
    other.leaves = again(&[0, 2]).leaves;
    for (job, words) in [
        (
            again(&[2, 1]),
            "rule subset_order: leaf 1 is task 1, after task 2",
        ),
        (again(&[1, 1]), "rule subset_order"),
        (
            again(&[1, 3]),
            "rule subset_range: leaf 1 is task 3; the parent has 3 tasks",
        ),
        (short, "2 tasks need 4 each"),
        (other, "the job's input_root is"),
    ] {
        let problem = refused(&user, &job).await;
        assert_eq!(problem.code, ProblemCode::LeavesMismatch, "{words}");
        assert_eq!(problem.errors[0].pointer, "/leaves");
        assert!(problem.detail.contains(words), "{}", problem.detail);
    }
    let none = again(&[1]).with(|job| {
        job.task_count = 0;
        job.input_root = input_root(subset::leaves(&[]));
    });
    assert_eq!(refused(&user, &none).await.code, ProblemCode::JobInvalid);
}

#[tokio::test]
async fn a_job_can_be_run_again_often_but_not_without_end() {
    let server = TestServer::start().await;
    let (user, job) = parent(&server).await;
    for _ in 0..MAX_SUBSETS {
        user.submit(&job.again(&user, &[1])).await;
    }
    let problem = refused(&user, &job.again(&user, &[1])).await;
    assert_eq!(problem.code, ProblemCode::NotOffered);
    assert!(problem.detail.contains("100 jobs"), "{}", problem.detail);
}
