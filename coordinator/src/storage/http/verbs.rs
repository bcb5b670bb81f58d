//! The questions of LEDGER.md section 5, one handler each.

use super::super::error::StorageError;
use super::super::wire::{
    Append, Appended, Approval, Beaten, CommitProof, Committed, Heartbeat, IsApproved, Missing,
    Prepare, Prepared, ReadBlocks, Refusal, WhichMissing,
};
use super::StorageApi;
use super::answer::{check_chain, question, signed};
use super::caller::{Caller, Who};
use crate::problem::ApiError;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use shared::api::problem::ProblemCode;
use shared::codec::Canonical as _;
use shared::ledger::policy::PolicyEntry;
use std::sync::Arc;

type Api = State<Arc<StorageApi>>;
type Answered = Result<Response, ApiError>;

const fn fine<T>(_: &T) -> StatusCode {
    StatusCode::OK
}

pub(super) async fn identity(State(api): Api, request: Request) -> Answered {
    let (caller, ()) = question(&api, request, Who::Anyone).await?;
    signed(&api, &caller, Ok(api.node.identity()), fine)
}

pub(super) async fn approved(State(api): Api, request: Request) -> Answered {
    let (caller, asked): (_, IsApproved) = question(&api, request, Who::Anyone).await?;
    let approved = api.node.approved(asked.policy_sha256);
    signed(&api, &caller, Ok(Approval { approved }), fine)
}

pub(super) async fn prepare(State(api): Api, request: Request) -> Answered {
    let (caller, prepare): (_, Prepare) = question(&api, request, Who::Leader).await?;
    let ballot = prepare.ballot;
    let prepared = match check_chain(&api, caller.chain) {
        Err(Refusal::NoLedger) => {
            check_first_leader(&caller, &prepare)?;
            api.node.prepare(prepare).await
        }
        Err(refusal) => Err(refusal.into()),
        Ok(()) => api.node.prepare(prepare).await,
    };
    signed(&api, &caller, prepared, |prepared: &Prepared| {
        if prepared.promised == ballot {
            StatusCode::OK
        } else {
            StatusCode::CONFLICT
        }
    })
}

/// A node without a ledger takes the leader's key from Policy 0, whose hash its operator has approved.
fn check_first_leader(caller: &Caller, prepare: &Prepare) -> Result<(), ApiError> {
    let policy = prepare.policy.as_deref().map(PolicyEntry::decode);
    let is_leader = match policy {
        Some(Ok((chain, policy))) => {
            chain == caller.chain && policy.leader_key == caller.leader_key
        }
        // There is nothing that it could lead: the node says so.
        Some(Err(_)) | None => true,
    };
    if is_leader {
        return Ok(());
    }
    let detail = "PREPARE must be signed by the leader's key of the policy that it carries";
    Err(ApiError::new(ProblemCode::Forbidden, detail))
}

pub(super) async fn promised(State(api): Api, request: Request) -> Answered {
    let (caller, ()) = question(&api, request, Who::LeaderOrPeer).await?;
    let promised = match check_chain(&api, caller.chain) {
        Ok(()) => api.node.promised().await,
        Err(refusal) => Err(refusal.into()),
    };
    signed(&api, &caller, promised, fine)
}

pub(super) async fn append(State(api): Api, request: Request) -> Answered {
    let (caller, append): (_, Append) = question(&api, request, Who::Leader).await?;
    let appended = match check_chain(&api, caller.chain) {
        Ok(()) => api.node.append(Arc::new(append)).await,
        Err(refusal) => Err(refusal.into()),
    };
    signed(&api, &caller, appended, |appended| match appended {
        Appended::Ack(_) => StatusCode::OK,
        Appended::Broken { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Appended::NotNext { .. }
        | Appended::StaleBallot { .. }
        | Appended::MissingBlobs(_)
        | Appended::PolicyNotApproved(_)
        | Appended::ClockAhead { .. } => StatusCode::CONFLICT,
    })
}

pub(super) async fn commit(State(api): Api, request: Request) -> Answered {
    let (caller, proof): (_, CommitProof) = question(&api, request, Who::Leader).await?;
    let committed = match check_chain(&api, caller.chain) {
        Ok(()) => api.node.commit(&proof).await,
        Err(refusal) => Err(refusal.into()),
    };
    signed(&api, &caller, committed, |committed| match committed {
        Committed::Cosigned(_) => StatusCode::OK,
        Committed::Unknown(_) => StatusCode::CONFLICT,
        Committed::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
    })
}

pub(super) async fn heartbeat(State(api): Api, request: Request) -> Answered {
    let (caller, heartbeat): (_, Heartbeat) = question(&api, request, Who::Leader).await?;
    let beaten = match check_chain(&api, caller.chain) {
        Ok(()) => api.node.heartbeat(&heartbeat).await,
        Err(refusal) => Err(refusal.into()),
    };
    signed(&api, &caller, beaten, |beaten| match beaten {
        Beaten::Cosigned(_) => StatusCode::OK,
        Beaten::NotHead(_) => StatusCode::CONFLICT,
        Beaten::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
    })
}

pub(super) async fn missing(State(api): Api, request: Request) -> Answered {
    let (caller, asked): (_, WhichMissing) = question(&api, request, Who::LeaderOrPeer).await?;
    let missing = match check_chain(&api, caller.chain) {
        Ok(()) => api.node.missing_blobs(&asked.blobs).await,
        Err(refusal) => Err(StorageError::from(refusal)),
    };
    let missing = missing.map(|blobs| Missing { blobs });
    signed(&api, &caller, missing, fine)
}

pub(super) async fn blocks(State(api): Api, request: Request) -> Answered {
    let (caller, asked): (_, ReadBlocks) = question(&api, request, Who::LeaderOrPeer).await?;
    let blocks = match check_chain(&api, caller.chain) {
        Ok(()) => api.node.blocks(asked.from).await,
        Err(refusal) => Err(refusal.into()),
    };
    signed(&api, &caller, blocks, fine)
}
