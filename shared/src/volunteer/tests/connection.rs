//! How a volunteer connects, is refused, loses its connection and leaves.

use super::*;
use crate::protocol::RefuseReason;

#[test]
fn it_joins_by_answering_the_challenge_and_then_asks_for_as_much_as_the_window_holds() {
    let mut shell = Shell::new(settings());
    assert_eq!(shell.give(Event::Start), [Effect::Open]);
    assert_eq!(shell.give(Event::Opened), []);
    let effects = shell.give(Event::Received(challenge(ORIGIN)));
    assert!(matches!(
        effects.as_slice(),
        [Effect::Remember { .. }, Effect::Prove { .. }]
    ));
    let effects = shell.give(Event::Proved(proof()));
    assert!(matches!(
        effects.as_slice(),
        [Effect::Send(ToCoordinator::Join { .. })]
    ));
    let effects = shell.give(Event::Received(welcome(6)));
    assert!(effects.contains(&sent(ToCoordinator::Slots { free: 6 })));
}

#[test]
fn a_chain_id_that_is_not_that_of_the_origin_ends_it() {
    let mut shell = Shell::new(settings());
    shell.give(Event::Start);
    shell.give(Event::Opened);
    let ToNode::Challenge {
        nonce,
        work_bits,
        server_time_ms,
        ..
    } = challenge(ORIGIN)
    else {
        unreachable!("it is a challenge");
    };
    let effects = shell.give(Event::Received(ToNode::Challenge {
        nonce,
        origin: ORIGIN.into(),
        chain_id: ChainId([7; 32]),
        work_bits,
        server_time_ms,
    }));
    assert_eq!(effects, [Effect::Close]);
    let origin = ORIGIN.into();
    let end = Effect::End(End::FalseChain { origin });
    assert_eq!(shell.lose_connection(), [end]);
}

#[test]
fn another_ledger_at_a_known_address_is_told_and_votes_for_the_old_one_are_dropped() {
    let mut shell = Shell::joined(4);
    shell.vote(1, b"one");
    shell.lose_connection();
    shell.after(LAST_RETRY_MS);
    shell.give(Event::Opened);
    let effects = shell.give(Event::Received(challenge("another")));
    assert!(effects.contains(&Effect::Report(Report::OtherLedger {
        before: ORIGIN.into(),
        now: "another".into(),
    })));
    assert!(effects.contains(&Effect::Forget(Digest::of(b"one"))));
    assert_eq!(shell.volunteer.record().pending, 0);
}

#[test]
fn a_lost_connection_halts_guests_and_is_tried_again_after_a_while() {
    let mut shell = Shell::joined(4);
    shell.give(assign([1, 2]));
    shell.give(Event::Prepared(nonce(1)));
    let effects = shell.lose_connection();
    assert!(effects.contains(&Effect::Halt(nonce(1))));
    assert!(effects.contains(&Effect::Discard(nonce(2))));
    let retry_ms = FIRST_RETRY_MS / 2;
    let why = "reset".into();
    assert!(effects.contains(&Effect::Report(Report::Offline { why, retry_ms })));
    assert_eq!(shell.after(retry_ms - 1), []);
    assert_eq!(shell.after(1), [Effect::Open]);
}

#[test]
fn a_silent_coordinator_is_given_up() {
    let mut shell = Shell::joined(4);
    shell.after(SILENCE_MS - 1);
    shell.give(Event::Pinged);
    assert_eq!(shell.after(SILENCE_MS - 1), []);
    assert_eq!(shell.after(1), [Effect::Close]);
}

#[test]
fn a_handshake_that_stalls_is_given_up() {
    let mut shell = Shell::new(settings());
    shell.give(Event::Start);
    assert_eq!(shell.after(HANDSHAKE_MS), [Effect::Close]);
}

#[test]
fn a_refusal_that_can_pass_is_tried_again_and_a_final_one_ends_it() {
    let mut shell = Shell::joined(4);
    let reason = RefuseReason::ShuttingDown;
    let refuse = Event::Received(ToNode::Refuse { reason });
    assert_eq!(shell.give(refuse), [Effect::Close]);
    let effects = shell.lose_connection();
    assert!(matches!(
        effects.as_slice(),
        [Effect::Report(Report::Offline { why, .. })] if why == "the coordinator is stopping"
    ));
    shell.reconnect();
    let reason = RefuseReason::TakenOver;
    shell.give(Event::Received(ToNode::Refuse { reason }));
    let end = Effect::End(End::Refused(reason));
    assert_eq!(shell.lose_connection(), [end]);
}

#[test]
fn stop_says_goodbye_halts_the_guests_and_ends() {
    let mut shell = Shell::joined(4);
    shell.give(assign([1]));
    shell.give(Event::Prepared(nonce(1)));
    let effects = shell.give(Event::Stop);
    let goodbye = sent(ToCoordinator::Goodbye);
    assert_eq!(effects, [goodbye, Effect::Halt(nonce(1)), Effect::Close]);
    assert_eq!(shell.lose_connection(), [Effect::End(End::Stopped)]);
    assert_eq!(shell.volunteer.next_wake(), None);
}
