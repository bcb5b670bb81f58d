//! Reading a policy, and refusing whatever the ledger has no use for, each with its line.

use super::url::checked_url;
use super::{MAX_WITNESSES, QuorumPolicy, Witness};
use crate::crypto::PublicKey as _;
use crate::ledger::note::{SignatureKind, VKey, VKeyError};
use crate::ledger::policy::MAX_TEXT_BYTES;
use crate::ledger::text::{decimal, excerpt};

/// The longest name of a witness: the Policy entry gives its length one byte.
const MAX_NAME: usize = 255;

/// Why a text is not a policy of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyTextError {
    /// Longer than [`MAX_TEXT_BYTES`].
    #[error("the policy has {0} bytes, at most {MAX_TEXT_BYTES} are possible")]
    TooLong(usize),
    /// The last line has no newline.
    #[error("the last line of the policy does not end with a newline")]
    OpenEnd,
    /// There is no such line.
    #[error("the policy has no {0} line")]
    Missing(&'static str),
    /// A part of the policy would be read as several.
    #[error("a name or URL of the policy has spaces, tabs or newlines")]
    Words,
    /// A line is wrong.
    #[error("line {line} of the policy: {fault}")]
    Line {
        /// Which one, from 1.
        line: usize,
        /// What is wrong with it.
        fault: PolicyFault,
    },
}

/// What is wrong with a line of a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// A control character that is not a tab.
    #[error("control characters are not allowed")]
    Control,
    /// It begins with another word.
    #[error("{0:?} is none of log, witness, group and quorum")]
    Keyword(String),
    /// Too few words or too many.
    #[error("it should be: {0}")]
    Form(&'static str),
    /// The key is malformed.
    #[error(transparent)]
    VKey(#[from] VKeyError),
    /// The key signs something else.
    #[error("the signature type of this key is {found:#04x}, it should be {expected:#04x}")]
    Kind {
        /// The type that belongs here.
        expected: u8,
        /// The type of the key.
        found: u8,
    },
    /// The key has been used before.
    #[error("the key of {0:?} stands here again")]
    SameKey(String),
    /// The name is too long, or predefined.
    #[error("{0:?} cannot be a name")]
    Name(String),
    /// The name has been used before.
    #[error("the name {0:?} is taken")]
    SameName(String),
    /// Not the address of a server.
    #[error("{url:?} is no address: {reason}")]
    Url {
        /// What stands there.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is already a line of this kind.
    #[error("there is a {0} line already; the ledger has one")]
    Second(&'static str),
    /// More than [`MAX_WITNESSES`].
    #[error("there are more than {MAX_WITNESSES} witnesses")]
    TooManyWitnesses,
    /// The group is not made of all witnesses in their order.
    #[error("the group must list all witnesses, in the order of their lines, and nothing else")]
    Members,
    /// The number of cosignatures is not a number, or not possible.
    #[error("{0:?} is neither all nor any nor a number from 1 to the number of members")]
    Threshold(String),
    /// Two quorums could have nobody in common.
    #[error(
        "{threshold} of {members} is not more than half: two quorums could sign different logs"
    )]
    NoMajority {
        /// How many must have cosigned.
        threshold: usize,
        /// Of how many.
        members: usize,
    },
    /// The quorum is something else than the group.
    #[error("the quorum must be the group {0:?}")]
    Quorum(String),
    /// A line stands above one that it needs.
    #[error("the {0} line must stand further up")]
    Order(&'static str),
}

#[derive(Default)]
struct Draft {
    log: Option<(VKey, Option<String>)>,
    witnesses: Vec<Witness>,
    group: Option<(String, usize)>,
    has_quorum: bool,
}

impl QuorumPolicy {
    /// Reads a policy. Comments, empty lines, tabs and the words `all` and `any` are allowed, as the specification has
    /// them.
    ///
    /// # Errors
    /// See [`PolicyTextError`].
    pub fn parse(text: &str) -> Result<Self, PolicyTextError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(PolicyTextError::TooLong(text.len()));
        }
        let mut draft = Draft::default();
        if !text.is_empty() {
            let lines = text.strip_suffix('\n').ok_or(PolicyTextError::OpenEnd)?;
            for (line, text) in (1..).zip(lines.split('\n')) {
                let added = draft.add(text);
                added.map_err(|fault| PolicyTextError::Line { line, fault })?;
            }
        }
        let (log, log_url) = draft.log.ok_or(PolicyTextError::Missing("log"))?;
        let (group, threshold) = draft.group.ok_or(PolicyTextError::Missing("group"))?;
        if !draft.has_quorum {
            return Err(PolicyTextError::Missing("quorum"));
        }
        Ok(Self {
            log,
            log_url,
            witnesses: draft.witnesses,
            group,
            threshold,
        })
    }
}

impl Draft {
    fn add(&mut self, line: &str) -> Result<(), PolicyFault> {
        if line
            .bytes()
            .any(|byte| byte.is_ascii_control() && byte != b'\t')
        {
            return Err(PolicyFault::Control);
        }
        let words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", vkey] => self.add_log(vkey, None),
            ["log", vkey, url] => self.add_log(vkey, Some(url)),
            ["log", ..] => Err(PolicyFault::Form("log <vkey> [<url>]")),
            ["witness", name, vkey] => self.add_witness(name, vkey, None),
            ["witness", name, vkey, url] => self.add_witness(name, vkey, Some(url)),
            ["witness", ..] => Err(PolicyFault::Form("witness <name> <vkey> [<url>]")),
            ["group", name, threshold, members @ ..] if !members.is_empty() => {
                self.add_group(name, threshold, members)
            }
            ["group", ..] => Err(PolicyFault::Form("group <name> <number> <witness>...")),
            ["quorum", name] => self.add_quorum(name),
            ["quorum", ..] => Err(PolicyFault::Form("quorum <group>")),
            [other, ..] => Err(PolicyFault::Keyword(excerpt(other))),
        }
    }

    fn add_log(&mut self, vkey: &str, url: Option<&str>) -> Result<(), PolicyFault> {
        if self.log.is_some() {
            return Err(PolicyFault::Second("log"));
        }
        let vkey = self.new_key(vkey, SignatureKind::Ed25519)?;
        self.log = Some((vkey, url.map(checked_url).transpose()?));
        Ok(())
    }

    fn add_witness(
        &mut self,
        name: &str,
        vkey: &str,
        url: Option<&str>,
    ) -> Result<(), PolicyFault> {
        if self.group.is_some() {
            return Err(PolicyFault::Order("witness"));
        }
        if self.witnesses.len() == MAX_WITNESSES {
            return Err(PolicyFault::TooManyWitnesses);
        }
        self.check_new_name(name)?;
        let vkey = self.new_key(vkey, SignatureKind::Cosignature)?;
        self.witnesses.push(Witness {
            name: name.to_owned(),
            vkey,
            url: url.map(checked_url).transpose()?,
        });
        Ok(())
    }

    fn add_group(
        &mut self,
        name: &str,
        threshold: &str,
        members: &[&str],
    ) -> Result<(), PolicyFault> {
        if self.group.is_some() {
            return Err(PolicyFault::Second("group"));
        }
        self.check_new_name(name)?;
        let witnesses = self.witnesses.iter().map(|witness| witness.name.as_str());
        if !witnesses.eq(members.iter().copied()) {
            return Err(PolicyFault::Members);
        }
        let members = members.len();
        let threshold = match threshold {
            "any" => 1,
            "all" => members,
            number => decimal(number)
                .and_then(|number| usize::try_from(number).ok())
                .filter(|number| (1..=members).contains(number))
                .ok_or_else(|| PolicyFault::Threshold(excerpt(number)))?,
        };
        if threshold * 2 <= members {
            return Err(PolicyFault::NoMajority { threshold, members });
        }
        self.group = Some((name.to_owned(), threshold));
        Ok(())
    }

    fn add_quorum(&mut self, name: &str) -> Result<(), PolicyFault> {
        if self.has_quorum {
            return Err(PolicyFault::Second("quorum"));
        }
        match &self.group {
            None => Err(PolicyFault::Order("group")),
            Some((group, _)) if group != name => Err(PolicyFault::Quorum(excerpt(group))),
            Some(_) => {
                self.has_quorum = true;
                Ok(())
            }
        }
    }

    fn check_new_name(&self, name: &str) -> Result<(), PolicyFault> {
        if name == "none" || name.len() > MAX_NAME {
            return Err(PolicyFault::Name(excerpt(name)));
        }
        if self.witnesses.iter().any(|witness| witness.name == name) {
            return Err(PolicyFault::SameName(name.to_owned()));
        }
        Ok(())
    }

    /// The log's key and those of the witnesses are all different.
    fn new_key(&self, vkey: &str, expected: SignatureKind) -> Result<VKey, PolicyFault> {
        let vkey: VKey = vkey.parse()?;
        if vkey.kind() != expected {
            return Err(PolicyFault::Kind {
                expected: expected.byte(),
                found: vkey.kind().byte(),
            });
        }
        let log = self.log.iter().map(|(log, _)| log);
        let mut known = log.chain(self.witnesses.iter().map(|witness| &witness.vkey));
        match known.find(|known| known.key_bytes() == vkey.key_bytes()) {
            Some(known) => Err(PolicyFault::SameKey(known.name().to_owned())),
            None => Ok(vkey),
        }
    }
}
