//! Checking a proof bundle without asking anyone: all that it needs is the policy that was pinned.

use super::kept;
use super::trouble::Fault;
use shared::ledger::bundle::{BundleFault, BundlePlace, ProofBundle, VerifiedBundle};
use shared::ledger::policy_text::QuorumPolicy;
use std::collections::BTreeMap;

/// What came of a bundle.
#[derive(Debug, Clone)]
pub(crate) enum BundleSteps {
    /// This browser has pinned no policy.
    NothingPinned,
    /// Every step holds.
    Verified(Box<VerifiedBundle>),
    /// A step does not hold; those before it do.
    Refused {
        /// Which, from 0: the text, the certificates, the records, the rules.
        step: usize,
        /// Where in the bundle, in the language of the specification.
        place: String,
        /// The rule.
        fault: Fault,
    },
}

/// Checks a bundle under the pinned policy and those that followed: a bundle begins with any of them.
pub(crate) fn check_bundle(bytes: &[u8]) -> BundleSteps {
    let Some(kept) = kept::load() else {
        return BundleSteps::NothingPinned;
    };
    let bundle = match ProofBundle::parse(bytes) {
        Ok(bundle) => bundle,
        Err(error) => {
            return BundleSteps::Refused {
                step: 0,
                place: String::new(),
                fault: Fault::new("bundle_text", error),
            };
        }
    };
    let mut worst: Option<BundleFault> = None;
    for policy in &kept.policies {
        let Ok(pinned) = QuorumPolicy::parse(&policy.text) else {
            continue;
        };
        match bundle.verify(&pinned, &BTreeMap::new()) {
            Ok(verified) => return BundleSteps::Verified(Box::new(verified)),
            Err(fault) => {
                // The policy under which the bundle gets furthest is the one that it was made for.
                let is_further = worst
                    .as_ref()
                    .is_none_or(|worst| step_of(worst) < step_of(&fault));
                worst = if is_further { Some(fault) } else { worst };
            }
        }
    }
    match worst {
        Some(fault) => BundleSteps::Refused {
            step: step_of(&fault),
            place: fault.place.to_string(),
            fault: fault.rule.into(),
        },
        None => BundleSteps::NothingPinned,
    }
}

fn step_of(fault: &BundleFault) -> usize {
    let is_inclusion = fault.rule.name() == "inclusion";
    match fault.place {
        BundlePlace::Policy(_) | BundlePlace::Header => 1,
        BundlePlace::Record(_) if is_inclusion => 2,
        BundlePlace::Record(_)
        | BundlePlace::Leaves(_)
        | BundlePlace::Task(_)
        | BundlePlace::Whole => 3,
    }
}
