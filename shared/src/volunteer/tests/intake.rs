//! A volunteer that takes less work, or none: Pause, Finish, and the way back.

use super::*;

fn is_unable(effect: &Effect, number: u8) -> bool {
    let reason = UnableReason::Stopped;
    let assignment = nonce(number);
    *effect == sent(ToCoordinator::Unable { assignment, reason })
}

/// Two tasks run, one is prepared.
fn busy() -> Shell {
    let mut shell = Shell::joined(4);
    shell.give(assign([1, 2, 3]));
    for number in 1..=3 {
        shell.give(Event::Prepared(nonce(number)));
    }
    shell
}

#[test]
fn who_finishes_keeps_what_runs_and_gives_back_the_rest() {
    let mut shell = busy();
    let effects = shell.give(Event::Take(Intake::Finish));
    assert!(effects.iter().any(|effect| is_unable(effect, 3)));
    assert!(!effects.contains(&Effect::Halt(nonce(1))));
    assert!(effects.contains(&sent(ToCoordinator::Slots { free: 0 })));
    for number in 1..=2 {
        assert!(!shell.volunteer.holds_nothing());
        shell.give(Event::Ran(nonce(number), done(b"x")));
        shell.give(Event::Signed(nonce(number), Signature([3; 64])));
    }
    assert!(shell.volunteer.holds_nothing());
}

#[test]
fn who_pauses_halts_what_runs_and_takes_nothing_until_it_goes_on() {
    let mut shell = busy();
    let effects = shell.give(Event::Take(Intake::Closed));
    for number in 1..=2 {
        assert!(effects.contains(&Effect::Halt(nonce(number))));
        assert!(effects.iter().any(|effect| is_unable(effect, number)));
    }
    let effects = shell.give(assign([7]));
    assert!(effects.iter().any(|effect| is_unable(effect, 7)));
    let effects = shell.give(Event::Take(Intake::Open));
    assert!(effects.contains(&sent(ToCoordinator::Slots { free: 4 })));
}

#[test]
fn a_wait_before_the_next_try_can_be_cut_short() {
    let mut shell = Shell::joined(4);
    let why = "gone".into();
    shell.give(Event::Closed { why, jitter: 0 });
    assert_eq!(shell.give(Event::Retry), [Effect::Open]);
    assert_eq!(shell.give(Event::Retry), []);
}

#[test]
fn a_volunteer_that_is_started_again_sends_its_unsettled_votes() {
    let mut shell = Shell::joined(4);
    shell.vote(1, b"x");
    shell.give(Event::Stop);
    let why = "gone".into();
    shell.give(Event::Closed { why, jitter: 0 });
    assert_eq!(shell.give(Event::Start), [Effect::Open]);
    shell.give(Event::Opened);
    shell.give(Event::Received(challenge(ORIGIN)));
    shell.give(Event::Proved(proof()));
    let effects = shell.give(Event::Received(welcome(4)));
    let resent = |effect: &Effect| matches!(effect, Effect::SendVotes(votes) if votes.len() == 1);
    assert!(effects.iter().any(resent));
}
