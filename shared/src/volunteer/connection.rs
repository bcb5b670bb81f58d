//! The way of a connection: opened, challenged, joined, closed, tried again. Messages go where they belong.

use super::link::{HANDSHAKE_MS, Joined, Ledger, Link, Then};
use super::{Effect, End, Proof, Report, Volunteer, refusal};
use crate::ids::{ChainId, UnixMs};
use crate::protocol::{NodeLimits, RefuseReason, ToCoordinator, ToNode};

impl Volunteer {
    pub(super) fn start(&mut self, now: UnixMs) {
        if self.link == Link::Off {
            self.open(now);
        }
    }

    pub(super) fn stop(&mut self) {
        match self.link {
            Link::Closing { then: Then::End(_) } => {}
            Link::Off | Link::Waiting { .. } => self.end(End::Stopped),
            Link::Joined(_) => {
                self.send_votes();
                self.effects.push(Effect::Send(ToCoordinator::Goodbye));
                self.close(Then::End(End::Stopped));
            }
            _ => self.close(Then::End(End::Stopped)),
        }
    }

    pub(super) fn retry(&mut self, now: UnixMs) {
        if matches!(self.link, Link::Waiting { .. }) {
            self.open(now);
        }
    }

    fn open(&mut self, now: UnixMs) {
        self.link = Link::Opening {
            until: now.plus(HANDSHAKE_MS),
        };
        self.effects.push(Effect::Open);
    }

    pub(super) fn opened(&mut self, now: UnixMs) {
        if matches!(self.link, Link::Opening { .. }) {
            self.link = Link::Unchallenged {
                until: now.plus(HANDSHAKE_MS),
            };
        }
    }

    /// Closes the socket and lets go of every assignment: the coordinator lends them to others at once.
    pub(super) fn close(&mut self, then: Then) {
        if matches!(
            self.link,
            Link::Off | Link::Waiting { .. } | Link::Closing { .. }
        ) {
            if let (Link::Closing { then: planned }, Then::End(_)) = (&mut self.link, &then) {
                *planned = then;
            }
            return;
        }
        self.drop_all();
        self.link = Link::Closing { then };
        self.effects.push(Effect::Close);
    }

    pub(super) fn closed(&mut self, now: UnixMs, why: String, jitter: u16) {
        let why = match std::mem::replace(&mut self.link, Link::Off) {
            Link::Closing {
                then: Then::End(end),
            } => return self.end(end),
            Link::Closing {
                then: Then::Retry { why },
            } => why,
            Link::Off => return,
            Link::Waiting { until } => {
                self.link = Link::Waiting { until };
                return;
            }
            _ => why,
        };
        self.drop_all();
        self.votes.resend_all();
        self.shown = None;
        let retry_ms = self.backoff.failed(jitter);
        self.link = Link::Waiting {
            until: now.plus(retry_ms),
        };
        self.report(Report::Offline { why, retry_ms });
    }

    fn end(&mut self, end: End) {
        self.link = Link::Off;
        self.drop_all();
        self.votes.resend_all(); // should it be started again
        self.shown = None;
        self.effects.push(Effect::End(end));
    }

    pub(super) fn heard(&mut self, now: UnixMs) {
        if let Some(joined) = self.link.joined() {
            joined.heard_at = now;
        }
    }

    pub(super) fn check_link(&mut self, now: UnixMs) {
        if self.link.deadline().is_none_or(|until| now < until) {
            return;
        }
        match self.link {
            Link::Waiting { .. } => self.open(now),
            _ => self.close(Then::Retry {
                why: "the coordinator does not answer".into(),
            }),
        }
    }

    pub(super) fn received(&mut self, now: UnixMs, message: ToNode) {
        match (&self.link, message) {
            // Too late, or heard, which is all.
            (Link::Off | Link::Waiting { .. } | Link::Closing { .. }, _) | (_, ToNode::Beat) => {}
            (_, ToNode::Refuse { reason }) => self.refused(reason),
            (
                Link::Unchallenged { .. },
                ToNode::Challenge {
                    nonce,
                    origin,
                    chain_id,
                    work_bits,
                    ..
                },
            ) => {
                if self.accept_ledger(origin, chain_id) {
                    self.link = Link::Proving { nonce };
                    self.effects.push(Effect::Prove {
                        nonce,
                        chain_id,
                        work_bits,
                    });
                }
            }
            (Link::Joining { .. }, ToNode::Welcome { blob_token, limits }) => {
                self.welcomed(now, blob_token, limits);
            }
            (_, ToNode::Notice { text }) => self.report(Report::Notice(text)),
            (Link::Joined(_), ToNode::Assign(assignments)) => self.assigned(now, assignments),
            (Link::Joined(_), ToNode::NeedOutput { sha256 }) => self.output_needed(sha256),
            (Link::Joined(_), ToNode::Cancel { assignment }) => self.cancelled(assignment),
            (
                Link::Joined(_),
                ToNode::Settled {
                    assignment,
                    verdict,
                },
            ) => self.settled(assignment, verdict),
            (Link::Joined(_), ToNode::Idle { reason }) => self.has_nothing(reason),
            (_, _) => self.close(Then::Retry {
                why: "the coordinator sent a message out of order".into(),
            }),
        }
    }

    fn refused(&mut self, reason: RefuseReason) {
        let then = if refusal::is_final(reason) {
            Then::End(End::Refused(reason))
        } else {
            Then::Retry {
                why: refusal::sentence(reason).into(),
            }
        };
        self.close(then);
    }

    /// Checks the ledger that the coordinator names. Votes for another ledger than the last one are worth nothing.
    fn accept_ledger(&mut self, origin: String, chain_id: ChainId) -> bool {
        if ChainId::of_origin(&origin) != chain_id {
            self.close(Then::End(End::FalseChain { origin }));
            return false;
        }
        let before = match self.ledger.take() {
            Some(ledger) => Some(ledger.origin),
            None => self.settings.known_origin.take(),
        };
        if before.as_ref() != Some(&origin) {
            for output in self.votes.clear() {
                self.effects.push(Effect::Forget(output));
            }
            self.effects.push(Effect::Remember {
                origin: origin.clone(),
            });
            if let Some(before) = before {
                self.report(Report::OtherLedger {
                    before,
                    now: origin.clone(),
                });
            }
        }
        self.ledger = Some(Ledger { origin, chain_id });
        true
    }

    pub(super) fn proved(&mut self, now: UnixMs, proof: Proof) {
        // An answer to the challenge of an earlier connection comes too late.
        if !matches!(self.link, Link::Proving { nonce } if nonce == proof.nonce) {
            return;
        }
        self.link = Link::Joining {
            until: now.plus(HANDSHAKE_MS),
        };
        self.effects.push(Effect::Send(ToCoordinator::Join {
            node_key: self.settings.node_key,
            signature: proof.signature,
            work: proof.work,
            owners: proof.owners,
            capabilities: self.settings.capabilities.clone(),
        }));
    }

    fn welcomed(&mut self, now: UnixMs, blob_token: String, limits: NodeLimits) {
        self.backoff.succeeded();
        self.link = Link::Joined(Joined::new(limits, now));
        self.effects.push(Effect::Admit { blob_token, limits });
        if let Some(ledger) = &self.ledger {
            let origin = ledger.origin.clone();
            self.report(Report::Joined { origin });
        }
    }
}
