//! When a Prog and its withdrawal are valid.

use super::{At, LedgerRule, broken};
use crate::codec::Canonical as _;
use crate::crypto::Signatures;
use crate::ledger::facts::ProgramFact;
use crate::ledger::withdraw::SignedWithdraw;
use crate::program::Prog;

impl<S: Signatures> At<'_, S> {
    pub(super) fn prog(self, prog: &Prog) -> Result<(), LedgerRule> {
        if let Some(owner) = self.facts.names.get(&prog.name)
            && *owner != prog.publisher_key
        {
            let words = format!("the name {} belongs to key {owner}", prog.name);
            return broken("prog_name", words);
        }
        let version = (prog.name.clone(), prog.version.clone());
        if let Some(earlier) = self.facts.programs.get(&version) {
            let words = format!("{}@{} is entry {}", prog.name, prog.version, earlier.index);
            return broken("prog_once", words);
        }
        self.facts
            .names
            .insert(prog.name.clone(), prog.publisher_key);
        let fact = ProgramFact {
            index: self.index,
            publisher_key: prog.publisher_key,
            module_sha256: prog.module_sha256,
            manifest_sha256: prog.manifest_sha256,
            withdrawn: false,
        };
        self.facts.programs.insert(version, fact);
        let offered = self
            .facts
            .offered
            .entry((prog.module_sha256, prog.manifest_sha256));
        let count = offered.or_default();
        *count = count.saturating_add(1);
        Ok(())
    }

    pub(super) fn withdraw(self, signed: &SignedWithdraw) -> Result<(), LedgerRule> {
        let withdraw = &signed.withdraw;
        let (name, version) = (&withdraw.name, &withdraw.version);
        let Some(program) = self
            .facts
            .programs
            .get_mut(&(name.clone(), version.clone()))
        else {
            return broken("withdraw_known", format!("{name}@{version} is not earlier"));
        };
        if program.withdrawn {
            return broken(
                "withdraw_once",
                format!("{name}@{version} is withdrawn already"),
            );
        }
        let message = withdraw.encode(self.facts.chain);
        let keys = [program.publisher_key.0, self.leader_key.0];
        let verifies = |key: &[u8; 32]| self.signatures.verify(key, &message, &signed.signature);
        if !keys.iter().any(verifies) {
            let words = "the signature is neither the publisher's nor the leader's";
            return broken("withdraw_signature", words);
        }
        program.withdrawn = true;
        let program = (program.module_sha256, program.manifest_sha256);
        if let Some(count) = self.facts.offered.get_mut(&program) {
            *count = count.saturating_sub(1);
        }
        Ok(())
    }
}
