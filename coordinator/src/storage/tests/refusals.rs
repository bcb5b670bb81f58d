//! Each refusal of a block names its rule.

use super::world::{World, cert, chain, job, later};
use crate::storage::wire::Appended;
use shared::codec::Canonical as _;
use shared::ids::{Digest, LeaderKey};
use shared::ledger::ban::Ban;
use shared::ledger::fixture;
use shared::ledger::header::Header;

/// The place of the entry that is refused, and the rule's name.
fn refused(appended: Appended) -> (u32, String) {
    let Appended::Broken { entry, rule } = appended else {
        panic!("{appended:?}");
    };
    let name = rule
        .strip_prefix("rule ")
        .and_then(|rest| rest.split_once(':'));
    let (name, _) = name.unwrap_or_else(|| panic!("{rule}"));
    (entry, name.to_owned())
}

async fn with_header(world: &World, change: impl FnOnce(&mut Header)) -> Appended {
    let made = world.make_with(1, &[cert(0)], change);
    world.append(0, 1, &made).await
}

#[tokio::test]
async fn a_header_that_does_not_continue_the_log_is_told_where_the_log_ends() {
    let world = World::with_job(1).await;
    let place = world.first().identity().place;
    let wrong = [
        with_header(&world, |header| header.height += 1).await,
        with_header(&world, |header| header.prev_header_hash = Digest::of(b"x")).await,
        with_header(&world, |header| header.first_index += 1).await,
    ];
    for (appended, name) in wrong
        .into_iter()
        .zip(["height", "prev_header_hash", "first_index"])
    {
        let Appended::NotNext { place: found, rule } = appended else {
            panic!("{appended:?}");
        };
        assert_eq!(found, place);
        assert!(rule.starts_with(&format!("rule {name}:")), "{rule}");
    }
}

#[tokio::test]
async fn a_header_that_breaks_a_rule_is_refused_by_name() {
    let world = World::with_job(1).await;
    let head = world.tip.head.unwrap();
    for (name, change) in [
        (
            "epoch",
            Box::new(|header: &mut Header| header.epoch = 2) as Box<dyn FnOnce(&mut Header)>,
        ),
        ("count", Box::new(|header| header.count = 2)),
        (
            "body_root",
            Box::new(|header| header.body_root = Digest::of(b"x")),
        ),
        (
            "log_root",
            Box::new(|header| header.log_root = Digest::of(b"x")),
        ),
        (
            "time_ms",
            Box::new(move |header| header.time_ms = head.time_ms),
        ),
        (
            "policy_sha256",
            Box::new(|header| header.policy_sha256 = Digest::of(b"x")),
        ),
        // The signature is by the true leader, so it does not verify either.
        (
            "header",
            Box::new(|header| header.leader_key = LeaderKey([1; 32])),
        ),
    ] {
        let appended = with_header(&world, change).await;
        assert_eq!(refused(appended), (1, name.to_owned()));
    }
}

#[tokio::test]
async fn a_header_of_another_leader_is_refused() {
    let world = World::with_job(1).await;
    let stranger = fixture::submitter();
    let mut made = world.make(1, &[cert(0)]);
    let mut header = Header::decode_signed(chain(), &made.header).unwrap();
    header.leader_key = stranger.leader_key();
    made.header = header.sign(chain(), &stranger);
    let appended = world.append(0, 1, &made).await;
    assert_eq!(refused(appended), (1, "leader_key".to_owned()));
}

#[tokio::test]
async fn a_block_from_the_future_waits_and_one_from_the_past_does_not() {
    let world = World::with_job(1).await;
    let now = world.clock.now();
    let appended = with_header(&world, |header| header.time_ms = now.plus(120_001)).await;
    let header_ms = now.0 + 120_001;
    assert_eq!(
        appended,
        Appended::ClockAhead {
            header_ms,
            node_ms: now.0
        }
    );
    let appended = with_header(&world, |header| header.time_ms = now.plus(120_000)).await;
    assert!(matches!(appended, Appended::Ack(_)), "{appended:?}");
    let world = World::with_job(1).await;
    let made = world.make(1, &[cert(0)]);
    world.clock.advance(1_000_000);
    assert!(world.clock.now() > later(1_000_000));
    let appended = world.append(0, 1, &made).await;
    assert!(matches!(appended, Appended::Ack(_)), "{appended:?}");
}

#[tokio::test]
async fn an_entry_that_breaks_a_rule_is_named_with_its_place() {
    let mut world = World::with_job(1).await;
    let good = fixture::cert(&job(), 0, &[0, 0, 0]);
    let mut forged = good.clone();
    forged.agree[1].signature.0[5] ^= 1;
    let mut minority = good.clone();
    minority.agree.truncate(1);
    let mut lowered = good.clone();
    lowered.chosen = 1;
    let mut twice = good.clone();
    twice.agree[1].seat = twice.agree[0].seat;
    let mut wrong_leaf = good.clone();
    wrong_leaf.input_sha256 = Digest::of(b"x");
    let mut torn = good.encode(chain());
    torn.pop();
    let other = fixture::cert(&job(), 1, &[0, 0, 0]).encode(chain());
    for (name, bytes) in [
        ("signature", forged.encode(chain())),
        ("majority", minority.encode(chain())),
        ("chosen", lowered.encode(chain())),
        ("seat", twice.encode(chain())),
        ("input", wrong_leaf.encode(chain())),
        ("canonical", torn),
    ] {
        let made = world.make(1, &[other.clone(), bytes]);
        let appended = world.append(0, 1, &made).await;
        assert_eq!(refused(appended), (1, name.to_owned()), "{name}");
    }
    // What depends on the committed log.
    world.add(1, &[good.encode(chain())]).await;
    let made = world.make(1, &[other.clone(), good.encode(chain())]);
    let appended = world.append(0, 1, &made).await;
    assert_eq!(refused(appended), (1, "task_once".to_owned()));
    let ban = Ban {
        node_key: fixture::node(1).node_key(),
        banned: true,
        until_ms: None,
        evidence_index: None,
        reason: "lies".to_owned(),
    };
    world.add(1, &[ban.encode(chain())]).await;
    let made = world.make(1, &[other]);
    let appended = world.append(0, 1, &made).await;
    assert_eq!(refused(appended), (0, "banned".to_owned()));
}

#[tokio::test]
async fn what_the_rules_need_is_found_again_after_a_restart() {
    let mut world = World::with_job(1).await;
    world.add(1, &[cert(0), cert(1)]).await;
    world.restart(0).await;
    let made = world.make(1, &[cert(2), cert(1)]);
    let appended = world.append(0, 1, &made).await;
    assert_eq!(refused(appended), (1, "task_once".to_owned()));
    let done = shared::ledger::done::Done {
        job_id: fixture::id_of(&job()),
        accepted: 3,
        failed: 0,
        reason: shared::ledger::done::DoneReason::Complete,
        cancel: Vec::new(),
    };
    world.add(1, &[cert(2), done.encode(chain())]).await;
    let again = world.make(1, &[fixture::job_entry(&job())]);
    let appended = world.append(0, 1, &again).await;
    assert_eq!(refused(appended), (0, "job_once".to_owned()));
    let again = world.make(1, &[done.encode(chain())]);
    let appended = world.append(0, 1, &again).await;
    assert_eq!(refused(appended), (0, "done_once".to_owned()));
}

#[tokio::test]
async fn more_entries_than_a_block_has_are_refused_before_they_are_read() {
    let world = World::with_job(1).await;
    let made = world.make(1, &vec![vec![1]; 501]);
    let appended = world.append(0, 1, &made).await;
    assert_eq!(refused(appended), (501, "count".to_owned()));
}
