use super::*;
use crate::protocol::IdleReason;

#[test]
fn every_message_reads_back_from_its_json() {
    let mut snapshot = Snapshot::off(Reason::Frozen { for_ms: 7 });
    snapshot.receipts.push(Receipt {
        job_id: JobId([1; 32]),
        task: 3,
        program: "primes@1".into(),
        verdict: Settlement::Accepted { ledger_index: None },
        at_ms: UnixMs(5),
    });
    let messages = [
        OnChannel::WhoComputes,
        OnChannel::Wish(Wish::Stop),
        OnChannel::Snapshot(Box::new(snapshot)),
    ];
    for message in messages {
        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<OnChannel>(&text).unwrap(), message);
    }
    let start = ToSupervisor::Start(Start {
        slots: 2,
        memory_pages: 1024,
        key_file: None,
        paused: vec![PauseCause::Battery],
    });
    let text = serde_json::to_string(&start).unwrap();
    assert_eq!(serde_json::from_str::<ToSupervisor>(&text).unwrap(), start);
}

#[test]
fn the_coordinators_reasons_keep_their_codes() {
    let until_ms = UnixMs(1);
    for reason in [
        IdleReason::NoWork,
        IdleReason::OwnJobs,
        IdleReason::SeatRules,
        IdleReason::Backoff { until_ms },
        IdleReason::Draining,
    ] {
        assert_eq!(Reason::from(reason).code(), reason.code());
    }
}
