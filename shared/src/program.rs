//! A program's publication: LEDGER.md section 2, Prog, and the rules of its names.

use crate::codec::{Canonical, DecodeError, Reader, put_var8};
use crate::crypto::{PublicKey as _, SecretKey};
use crate::ids::{ChainId, Digest, Signature, SubmitterKey};
use crate::job::{SignedError, read_signed, sign_structure};

/// The version of every ad-hoc upload.
pub const AD_HOC_VERSION: &str = "0.0.0";

/// One named version of a program ("contract").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prog {
    /// `[a-z][a-z0-9-]{1,39}`; belongs to its first publisher.
    pub name: String,
    /// Semantic version; name@version never changes.
    pub version: String,
    /// Who publishes.
    pub publisher_key: SubmitterKey,
    /// The module as uploaded.
    pub original_sha256: Digest,
    /// The module that runs: the rewriter's output, or the original when `rewriter` is 0.
    pub module_sha256: Digest,
    /// The program manifest.
    pub manifest_sha256: Digest,
    /// Version of the rewriter; 0 = not rewritten.
    pub rewriter: u16,
}

impl Canonical for Prog {
    const LABEL: &'static [u8; 16] = b"manyhands/prog/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        put_var8(out, self.name.as_bytes());
        put_var8(out, self.version.as_bytes());
        out.extend_from_slice(&self.publisher_key.0);
        out.extend_from_slice(&self.original_sha256.0);
        out.extend_from_slice(&self.module_sha256.0);
        out.extend_from_slice(&self.manifest_sha256.0);
        out.extend_from_slice(&self.rewriter.to_be_bytes());
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let prog = Self {
            name: reader.text8("name")?,
            version: reader.text8("version")?,
            publisher_key: SubmitterKey(reader.array("publisher_key")?),
            original_sha256: Digest(reader.array("original_sha256")?),
            module_sha256: Digest(reader.array("module_sha256")?),
            manifest_sha256: Digest(reader.array("manifest_sha256")?),
            rewriter: reader.u16("rewriter")?,
        };
        prog.check()?;
        Ok(prog)
    }
}

/// Whether `name` is of the form `[a-z][a-z0-9-]{1,39}`.
#[must_use]
pub fn is_program_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && (2..=40).contains(&name.len())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether `name` looks like an ad-hoc upload's: `x-` and 8 hex digits.
#[must_use]
pub fn is_ad_hoc_name(name: &str) -> bool {
    name.strip_prefix("x-").is_some_and(|rest| {
        rest.len() == 8
            && rest
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The name of an ad-hoc upload: `x-<first 8 hex of SHA-256(original_sha256 || manifest_sha256 || publisher_key)>`.
#[must_use]
pub fn ad_hoc_name(original: Digest, manifest: Digest, publisher: SubmitterKey) -> String {
    let hash = Digest::of(&[original.0, manifest.0, publisher.0].concat()).to_string();
    format!("x-{}", hash.get(..8).unwrap_or_default())
}

impl Prog {
    /// The rules that need nothing but the publication itself.
    ///
    /// # Errors
    /// [`DecodeError::Value`] naming the field and the rule.
    pub fn check(&self) -> Result<(), DecodeError> {
        if !is_program_name(&self.name) {
            return Err(DecodeError::value(
                "name",
                format!("{:?}", self.name),
                "must be 2 to 40 of a-z, 0-9 and -, beginning with a letter",
            ));
        }
        if self.version.is_empty() || self.version.len() > 64 {
            return Err(DecodeError::value(
                "version",
                format!("{:?}", self.version),
                "must be a version of 1 to 64 characters, such as 1.0.0",
            ));
        }
        let ad_hoc = ad_hoc_name(
            self.original_sha256,
            self.manifest_sha256,
            self.publisher_key,
        );
        let is_ad_hoc = self.name == ad_hoc && self.version == AD_HOC_VERSION;
        if is_ad_hoc_name(&self.name) && !is_ad_hoc {
            return Err(DecodeError::value(
                "name",
                format!("{}@{}", self.name, self.version),
                "names of the form x-<8 hex> are kept for ad-hoc uploads, version 0.0.0",
            ));
        }
        if self.rewriter == 0 && self.module_sha256 != self.original_sha256 {
            return Err(DecodeError::value(
                "module_sha256",
                self.module_sha256,
                "must be original_sha256 when rewriter is 0",
            ));
        }
        Ok(())
    }

    /// The publication's bytes and its publisher's signature.
    ///
    /// # Errors
    /// When [`Prog::check`] refuses it.
    pub fn sign(&self, chain: ChainId, key: &SecretKey) -> Result<Vec<u8>, DecodeError> {
        self.check()?;
        Ok(sign_structure(self, chain, key))
    }

    /// Reads a signed publication of ledger `chain` and verifies its signature.
    ///
    /// # Errors
    /// See [`SignedError`].
    pub fn decode_signed(chain: ChainId, bytes: &[u8]) -> Result<(Self, Signature), SignedError> {
        let (prog, body, signature) = read_signed::<Self>(chain, bytes)?;
        if !prog.publisher_key.is_acceptable() {
            return Err(SignedError::WeakKey);
        }
        if !prog.publisher_key.verifies(body, &signature) {
            return Err(SignedError::BadSignature);
        }
        Ok((prog, signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_2_to_40_of_the_allowed_characters() {
        for good in ["wordcount", "a1", "n-queens", &"a".repeat(40)] {
            assert!(is_program_name(good), "{good}");
        }
        for bad in ["", "a", "1a", "-a", "Word", "wörd", "a b", &"a".repeat(41)] {
            assert!(!is_program_name(bad), "{bad}");
        }
    }

    #[test]
    fn nobody_else_may_look_like_an_ad_hoc_upload() {
        let key = SecretKey::from_seed(&[1; 32]);
        let digest = Digest::of(b"m");
        let mut prog = Prog {
            name: ad_hoc_name(digest, digest, key.submitter_key()),
            version: AD_HOC_VERSION.into(),
            publisher_key: key.submitter_key(),
            original_sha256: digest,
            module_sha256: digest,
            manifest_sha256: digest,
            rewriter: 0,
        };
        let chain = ChainId([3; 32]);
        let bytes = prog.sign(chain, &key).unwrap();
        assert_eq!(Prog::decode_signed(chain, &bytes).unwrap().0, prog);
        prog.name = "x-00000000".into();
        assert!(prog.check().is_err());
    }
}
