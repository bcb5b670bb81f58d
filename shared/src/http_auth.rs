//! Signed HTTP requests: LEDGER.md's Http structure and its `Authorization` header.

use crate::codec::{Canonical, DecodeError, Reader, put_var8, put_var16};
use crate::crypto::{PublicKey as _, SecretKey};
use crate::ids::{ChainId, Digest, RequestNonce, Signature, SubmitterKey, UnixMs};

/// How far a request's time may be from the server's, either way.
pub const MAX_SKEW_MS: u64 = 120_000;
/// How long a server remembers a nonce; longer than twice the skew, so a replay is always seen.
pub const NONCE_MEMORY_MS: u64 = 300_000;
/// The scheme's name in the `Authorization` header.
pub const SCHEME: &str = "Manyhands";

/// What the signer of a request signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Upper-case method, at most 255 bytes.
    pub method: String,
    /// Path and query as sent, at most 65,535 bytes.
    pub target: String,
    /// SHA-256 of the body, of nothing when there is none.
    pub body_sha256: Digest,
    /// When it was signed.
    pub time_ms: UnixMs,
    /// Random; used once.
    pub nonce: RequestNonce,
}

impl Canonical for Http {
    const LABEL: &'static [u8; 16] = b"manyhands/http/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        put_var8(out, self.method.as_bytes());
        put_var16(out, self.target.as_bytes());
        out.extend_from_slice(&self.body_sha256.0);
        out.extend_from_slice(&self.time_ms.0.to_be_bytes());
        out.extend_from_slice(&self.nonce.0);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let method = reader.text8("method")?;
        let target = String::from_utf8(reader.var16("target")?.to_vec())
            .map_err(|_| DecodeError::value("target", "not UTF-8", "must be UTF-8 text"))?;
        Ok(Self {
            method,
            target,
            body_sha256: Digest(reader.array("body_sha256")?),
            time_ms: reader.time("time_ms")?,
            nonce: RequestNonce(reader.array("nonce")?),
        })
    }
}

/// The parts of the `Authorization: Manyhands …` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials {
    /// Who signed.
    pub key: SubmitterKey,
    /// When.
    pub time_ms: UnixMs,
    /// The request's nonce.
    pub nonce: RequestNonce,
    /// Signature over [`Http`].
    pub signature: Signature,
}

/// Why a request's signature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpAuthError {
    /// The header is not of the form of LEDGER.md section 2.
    #[error(
        "the Authorization header must read: Manyhands key=\"<hex>\", time=\"<unix ms>\", nonce=\"<hex>\", sig=\"<hex>\""
    )]
    Malformed,
    /// The time is too far from the server's.
    #[error(
        "the request was signed at {signed_ms}, the server's time is {server_ms}: more than {MAX_SKEW_MS} ms apart; check this machine's clock"
    )]
    Stale {
        /// The request's time, Unix ms.
        signed_ms: u64,
        /// The server's time, Unix ms.
        server_ms: u64,
    },
    /// Method or target do not fit the structure.
    #[error("the request's method or target is too long to be signed")]
    TooLong,
    /// The key is of small order or not a point.
    #[error("the key is weak or not an Ed25519 public key; make another")]
    WeakKey,
    /// The signature does not verify.
    #[error(
        "the signature does not match this request (method, target, body, time and nonce are signed)"
    )]
    BadSignature,
}

impl Credentials {
    /// Signs a request.
    #[must_use]
    pub fn sign(chain: ChainId, key: &SecretKey, request: &Http) -> Self {
        Self {
            key: key.submitter_key(),
            time_ms: request.time_ms,
            nonce: request.nonce,
            signature: key.sign(&request.encode(chain)),
        }
    }

    /// The header's value.
    #[must_use]
    pub fn header(&self) -> String {
        format!(
            "{SCHEME} key=\"{}\", time=\"{}\", nonce=\"{}\", sig=\"{}\"",
            self.key, self.time_ms.0, self.nonce, self.signature
        )
    }

    /// Parses the header's value. Each part stands exactly once, in any order.
    ///
    /// # Errors
    /// [`HttpAuthError::Malformed`].
    pub fn parse(header: &str) -> Result<Self, HttpAuthError> {
        let rest = header
            .strip_prefix(SCHEME)
            .and_then(|rest| rest.strip_prefix(' '));
        let rest = rest.ok_or(HttpAuthError::Malformed)?;
        let [mut key, mut time, mut nonce, mut sig] = [None; 4];
        for part in rest.split(',') {
            let (name, value) = part
                .trim()
                .split_once('=')
                .ok_or(HttpAuthError::Malformed)?;
            let value = value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'));
            let value = value.ok_or(HttpAuthError::Malformed)?;
            let slot = match name {
                "key" => &mut key,
                "time" => &mut time,
                "nonce" => &mut nonce,
                "sig" => &mut sig,
                _ => return Err(HttpAuthError::Malformed),
            };
            if slot.replace(value).is_some() {
                return Err(HttpAuthError::Malformed);
            }
        }
        let (Some(key), Some(time), Some(nonce), Some(sig)) = (key, time, nonce, sig) else {
            return Err(HttpAuthError::Malformed);
        };
        Ok(Self {
            key: key.parse().map_err(|_| HttpAuthError::Malformed)?,
            time_ms: UnixMs(time.parse().map_err(|_| HttpAuthError::Malformed)?),
            nonce: nonce.parse().map_err(|_| HttpAuthError::Malformed)?,
            signature: sig.parse().map_err(|_| HttpAuthError::Malformed)?,
        })
    }

    /// Checks the time alone, which needs no body: do this before reading one.
    ///
    /// # Errors
    /// [`HttpAuthError::Stale`].
    pub fn check_time(&self, now: UnixMs) -> Result<(), HttpAuthError> {
        if now.0.abs_diff(self.time_ms.0) > MAX_SKEW_MS {
            return Err(HttpAuthError::Stale {
                signed_ms: self.time_ms.0,
                server_ms: now.0,
            });
        }
        Ok(())
    }

    /// Checks key and signature over the request. The nonce's single use is the server's to check.
    ///
    /// # Errors
    /// [`HttpAuthError::TooLong`], [`HttpAuthError::WeakKey`] or [`HttpAuthError::BadSignature`].
    pub fn verify(
        &self,
        chain: ChainId,
        method: &str,
        target: &str,
        body_sha256: Digest,
    ) -> Result<(), HttpAuthError> {
        if method.len() > 255 || target.len() > 65_535 {
            return Err(HttpAuthError::TooLong);
        }
        if !self.key.is_acceptable() {
            return Err(HttpAuthError::WeakKey);
        }
        let request = Http {
            method: method.to_owned(),
            target: target.to_owned(),
            body_sha256,
            time_ms: self.time_ms,
            nonce: self.nonce,
        };
        if !self.key.verifies(&request.encode(chain), &self.signature) {
            return Err(HttpAuthError::BadSignature);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: ChainId = ChainId([9; 32]);

    fn request() -> Http {
        Http {
            method: "PUT".into(),
            target: "/api/v1/blobs/00?x=1".into(),
            body_sha256: Digest::of(b"body"),
            time_ms: UnixMs(1_000_000),
            nonce: RequestNonce([5; 16]),
        }
    }

    fn signed() -> Credentials {
        Credentials::sign(CHAIN, &SecretKey::from_seed(&[1; 32]), &request())
    }

    #[test]
    fn a_signed_request_verifies_after_a_trip_through_the_header() {
        let parsed = Credentials::parse(&signed().header()).unwrap();
        assert_eq!(parsed, signed());
        let request = request();
        parsed
            .verify(CHAIN, "PUT", &request.target, request.body_sha256)
            .unwrap();
    }

    #[test]
    fn every_part_of_the_request_is_signed() {
        let (credentials, request) = (signed(), request());
        let body = request.body_sha256;
        let refused = |chain, method, target: &str, body| {
            assert_eq!(
                credentials.verify(chain, method, target, body),
                Err(HttpAuthError::BadSignature)
            );
        };
        refused(ChainId([8; 32]), "PUT", &request.target, body);
        refused(CHAIN, "GET", &request.target, body);
        refused(CHAIN, "PUT", "/api/v1/blobs/00?x=2", body);
        refused(CHAIN, "PUT", &request.target, Digest::of(b"other"));
        let later = Credentials {
            time_ms: UnixMs(1_000_001),
            ..credentials
        };
        assert!(later.verify(CHAIN, "PUT", &request.target, body).is_err());
    }

    #[test]
    fn a_time_is_good_for_two_minutes_either_way() {
        let credentials = signed();
        assert!(credentials.check_time(UnixMs(1_120_000)).is_ok());
        assert!(credentials.check_time(UnixMs(880_000)).is_ok());
        assert!(credentials.check_time(UnixMs(1_120_001)).is_err());
        assert!(credentials.check_time(UnixMs(879_999)).is_err());
    }

    #[test]
    fn a_header_with_a_part_missing_twice_or_unknown_is_malformed() {
        let good = signed().header();
        for bad in [
            good.replace("key=", "kay="),
            good.replace("Manyhands ", "Bearer "),
            format!("{good}, time=\"1\""),
            good.replace('"', ""),
            String::new(),
        ] {
            assert_eq!(
                Credentials::parse(&bad),
                Err(HttpAuthError::Malformed),
                "{bad}"
            );
        }
    }
}
