//! Proposing another policy, and asking whether the operators of the storage nodes have approved it. The leader cuts it only
//! when a quorum of the policy in force has (LEDGER.md section 2, Policy changes), and every node that it adds.

use super::SealerError;
use super::founding::{Change, Charter, Founder, Seat};
use crate::remote::address::{Address, AddressError};
use crate::storage::wire::IsApproved;
use crate::storage::{Link, LinkError, Links, Reach, RemoteError};
use crate::store::{Lease, Store, StoreError};
use shared::api::storage::{
    ApprovalView, PolicyView, ProposalView, SeatChange, StorageNodeView, StorageView,
};
use shared::codec::Canonical as _;
use shared::ids::Digest;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the operators' approvals are asked for.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// How long a storage node may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where admins see and change who keeps the ledger.
#[derive(Debug)]
pub struct PolicyDesk {
    store: Store,
    lease: Lease,
    reach: Reach,
    links: Links,
    approved: watch::Sender<Option<Digest>>,
}

/// Why the storage nodes are not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The store does not answer, or another coordinator leads.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// There would be no such policy.
    #[error(transparent)]
    Policy(#[from] SealerError),
    /// The new storage node does not answer.
    #[error(transparent)]
    Node(#[from] LinkError),
    /// It cannot be asked at all.
    #[error(transparent)]
    Reach(#[from] RemoteError),
    /// Another change waits.
    #[error("another change of the storage nodes waits: let it be approved, or withdraw it")]
    Waiting,
    /// There is nothing to withdraw.
    #[error("no change of the storage nodes waits, or it stands in a block already")]
    NothingWaits,
}

impl PolicyDesk {
    /// For the ledger of this store; `links` are those of the policy in force.
    #[must_use]
    pub fn new(store: Store, lease: Lease, reach: Reach, links: Links) -> Arc<Self> {
        Arc::new(Self {
            store,
            lease,
            reach,
            links,
            approved: watch::Sender::new(None),
        })
    }

    /// SHA-256 of the proposed Policy that may be cut.
    #[must_use]
    pub fn approved(&self) -> watch::Receiver<Option<Digest>> {
        self.approved.subscribe()
    }

    /// Asks for approvals, for ever.
    pub async fn watch(&self) {
        loop {
            match self.look().await {
                Ok(approved) => {
                    self.approved.send_if_modified(|known| {
                        let changed = *known != approved;
                        *known = approved;
                        changed
                    });
                }
                Err(error) => {
                    tracing::error!(%error, "cannot ask for approvals of the proposed policy");
                }
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    /// The proposal, if it is approved.
    async fn look(&self) -> Result<Option<Digest>, ChangeError> {
        let chain = self.reach.chain;
        let Some(proposed) = Charter::proposed(&self.store, chain).await? else {
            return Ok(None);
        };
        let in_force = self.in_force().await?;
        let view = self.proposal(&in_force, &proposed).await?;
        Ok(view.is_approved.then(|| proposed.sha256()))
    }

    /// Who keeps the ledger, and what is proposed.
    ///
    /// # Errors
    /// When the store fails or holds a damaged policy.
    pub async fn view(&self) -> Result<StorageView, ChangeError> {
        let in_force = self.in_force().await?;
        let stored = self.store.ledger_last_stored().await?;
        let links = self.links.get();
        let seats = in_force.seats();
        let nodes = seats.iter().zip(links.iter()).map(node_view);
        let proposed = Charter::proposed(&self.store, self.reach.chain).await?;
        let proposal = match &proposed {
            Some(proposed) => Some(self.proposal(&in_force, proposed).await?),
            None => None,
        };
        Ok(StorageView {
            policy: policy_view(&in_force),
            policy_zero_sha256: Digest::of(in_force.policy_zero()),
            blocks: stored.map_or(0, |block| block.block.height.saturating_add(1)),
            nodes: futures_util::future::join_all(nodes).await,
            proposal,
        })
    }

    /// Proposes one more storage node.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn add(&self, url: &str) -> Result<StorageView, ChangeError> {
        let address: Address = url.parse()?;
        let link = Link::Remote(self.reach.node(address.clone(), None)?);
        let identity = link.identity().await?;
        let url = Some(address.text());
        self.propose(Change::Add(Founder { identity, url })).await
    }

    /// Proposes to go on without a storage node.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn remove(&self, name: String) -> Result<StorageView, ChangeError> {
        self.propose(Change::Remove(name)).await
    }

    /// Takes the proposal back.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn withdraw(&self) -> Result<(), ChangeError> {
        if self.store.ledger_withdraw_proposal(&self.lease).await? {
            return Ok(());
        }
        Err(ChangeError::NothingWaits)
    }

    async fn propose(&self, change: Change) -> Result<StorageView, ChangeError> {
        let chain = self.reach.chain;
        let entry = self.in_force().await?.changed(chain, change)?;
        let body = entry.encode(chain);
        let is_new = self.store.ledger_propose(&self.lease, entry.version, &body);
        if !is_new.await? {
            return Err(ChangeError::Waiting);
        }
        self.view().await
    }

    async fn in_force(&self) -> Result<Charter, ChangeError> {
        let known = Charter::known(&self.store, self.reach.chain).await?;
        known.ok_or_else(|| SealerError::Setup("the ledger is not founded yet".to_owned()).into())
    }

    async fn proposal(
        &self,
        in_force: &Charter,
        proposed: &Charter,
    ) -> Result<ProposalView, ChangeError> {
        let (old, new) = (in_force.seats(), proposed.seats());
        let links = self.links.get();
        let has = |seats: &[Seat], seat: &Seat| seats.iter().any(|one| one.ack_key == seat.ack_key);
        let mut asked = Vec::with_capacity(old.len() + 1);
        for (seat, link) in old.iter().zip(links.iter()) {
            let change = if has(&new, seat) {
                SeatChange::Stays
            } else {
                SeatChange::Removed
            };
            asked.push((seat, change, link.clone()));
        }
        for seat in new.iter().filter(|seat| !has(&old, seat)) {
            let Some(url) = &seat.url else { continue };
            let address: Address = url
                .parse()
                .map_err(|_| SealerError::Setup(format!("{url} is no address")))?;
            let link = Link::Remote(self.reach.node(address, Some(seat.ack_key))?);
            asked.push((seat, SeatChange::Added, link));
        }
        let policies = [proposed.sha256(), Digest::of(proposed.policy_zero())];
        let asked = asked.into_iter().map(async |(seat, change, link)| {
            // Whoever keeps the ledger has approved Policy 0, or a node that had.
            let policies = if change == SeatChange::Added {
                &policies[..]
            } else {
                &policies[..1]
            };
            ApprovalView {
                name: seat.name.clone(),
                change,
                approved: has_approved(&link, policies).await,
            }
        });
        let approvals = futures_util::future::join_all(asked).await;
        let of_old = approvals
            .iter()
            .filter(|one| one.approved && one.change != SeatChange::Added);
        let added = |one: &&ApprovalView| one.change == SeatChange::Added;
        let is_approved = of_old.count() >= in_force.threshold()
            && approvals.iter().filter(added).all(|one| one.approved);
        Ok(ProposalView {
            policy: policy_view(proposed),
            text: proposed.text(),
            approvals,
            is_approved,
        })
    }
}

async fn has_approved(link: &Link, policies: &[Digest]) -> bool {
    for policy_sha256 in policies {
        let question = IsApproved {
            policy_sha256: *policy_sha256,
        };
        match tokio::time::timeout(PATIENCE, link.is_approved(&question)).await {
            Ok(Ok(answer)) if answer.approved => {}
            Ok(Ok(_)) | Err(_) => return false,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a storage node does not say what it has approved");
                return false;
            }
        }
    }
    true
}

async fn node_view((seat, link): (&Seat, &Link)) -> StorageNodeView {
    let identity = tokio::time::timeout(PATIENCE, link.identity()).await;
    let (blocks, wiped, trouble) = match identity {
        Ok(Ok(identity)) => (Some(identity.place.next_height), identity.wiped, None),
        Ok(Err(error)) => (None, false, Some(error.to_string())),
        Err(_) => {
            let words = format!("no answer in {} s", PATIENCE.as_secs());
            (None, false, Some(words))
        }
    };
    StorageNodeView {
        name: seat.name.clone(),
        ack_key: seat.ack_key,
        url: seat.url.clone(),
        blocks,
        wiped,
        trouble,
    }
}

fn policy_view(charter: &Charter) -> PolicyView {
    PolicyView {
        version: charter.version(),
        sha256: charter.sha256(),
        threshold: u32::try_from(charter.threshold()).unwrap_or(u32::MAX),
    }
}
