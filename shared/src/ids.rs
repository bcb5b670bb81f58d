//! Newtypes for every id, digest, key and time, so that one is never taken for another.
//!
//! All byte ids print as lower-case hex, parse from it, serialise as hex in JSON and as bare bytes in frames.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// Why a text is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected_digits} hexadecimal digits for {what}, found {found:?}")]
pub struct ParseIdError {
    /// The id's name, as in DESIGN.md.
    pub what: &'static str,
    /// How many hex digits it has.
    pub expected_digits: usize,
    /// The beginning of what was found.
    pub found: String,
}

/// Lower-case hex of `bytes`.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(if digit < 10 {
                b'0' + digit
            } else {
                b'a' + digit - 10
            }));
        }
    }
    text
}

/// Bytes of a hex text in either case; `None` unless it has exactly `2 * N` digits.
#[must_use]
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        let high = char::from(high).to_digit(16)?;
        let low = char::from(low).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(out)
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// From a slice of exactly the right length.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&to_hex(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), to_hex(&self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                from_hex(text).map(Self).ok_or_else(|| ParseIdError {
                    what: stringify!($name),
                    expected_digits: $len * 2,
                    found: text.chars().take(80).collect(),
                })
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^([0-9a-f]{2}){", $len, "}$")))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.serialize_str(&to_hex(&self.0))
                } else {
                    serde::ser::SerializeTuple::end({
                        let mut tuple = serializer.serialize_tuple($len)?;
                        for byte in &self.0 {
                            serde::ser::SerializeTuple::serialize_element(&mut tuple, byte)?;
                        }
                        tuple
                    })
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl<'de> serde::de::Visitor<'de> for Visitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(f, "{} bytes ({} hex digits)", $len, $len * 2)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                    fn visit_seq<A: serde::de::SeqAccess<'de>>(
                        self,
                        mut seq: A,
                    ) -> Result<$name, A::Error> {
                        let mut out = [0; $len];
                        for (at, byte) in out.iter_mut().enumerate() {
                            *byte = seq
                                .next_element()?
                                .ok_or_else(|| serde::de::Error::invalid_length(at, &self))?;
                        }
                        Ok($name(out))
                    }
                }
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(Visitor)
                } else {
                    deserializer.deserialize_tuple($len, Visitor)
                }
            }
        }
    };
}

byte_id!(
    /// SHA-256 of some bytes; the address of a blob.
    Digest, 32
);
byte_id!(
    /// SHA-256 of the ledger's origin; part of everything signed (LEDGER.md section 1).
    ChainId, 32
);
byte_id!(
    /// SHA-256 of a Job without its signature (LEDGER.md section 2).
    JobId, 32
);
byte_id!(
    /// Ed25519 public key of one volunteer identity.
    NodeKey, 32
);
byte_id!(
    /// Ed25519 public key of a submitter or program publisher.
    SubmitterKey, 32
);
byte_id!(
    /// Ed25519 public key of the leader (coordinator).
    LeaderKey, 32
);
byte_id!(
    /// Ed25519 public key with which a storage node acknowledges blocks.
    AckKey, 32
);
byte_id!(
    /// Ed25519 signature. Never compared, hashed or deduplicated (LEDGER.md section 1).
    Signature, 64
);
byte_id!(
    /// Nonce of one lending of a seat: names an assignment.
    SeatNonce, 16
);
byte_id!(
    /// Nonce that a joining node must sign.
    ChallengeNonce, 32
);
byte_id!(
    /// Nonce that makes two equal jobs of one submitter different.
    JobNonce, 16
);
byte_id!(
    /// Nonce of one signed HTTP request.
    RequestNonce, 16
);
byte_id!(
    /// Seed of a job's `random_get`.
    JobSeed, 32
);

impl Digest {
    /// 32 zero bytes: "none" where LEDGER.md allows it.
    pub const NONE: Self = Self([0; 32]);

    /// SHA-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Whether this is the "none" value.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

impl ChainId {
    /// The chain id of a ledger's origin.
    #[must_use]
    pub fn of_origin(origin: &str) -> Self {
        Self(Sha256::digest(origin.as_bytes()).into())
    }
}

impl LeaderKey {
    /// The default origin of a ledger led by this key: `manyhands.local/<first 16 hex of SHA-256(leader_key)>`.
    #[must_use]
    pub fn default_origin(&self) -> String {
        let hash = Digest::of(&self.0).to_string();
        format!("manyhands.local/{}", hash.get(..16).unwrap_or_default())
    }
}

/// A point in time: Unix milliseconds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct UnixMs(pub u64);

impl UnixMs {
    /// This time plus `ms`, at most the end of time.
    #[must_use]
    pub const fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this time, 0 if it is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hex_in_json_and_bare_bytes_in_frames() {
        let id = RequestNonce([0xab; 16]);
        assert_eq!(
            serde_json::to_string(&id).unwrap(),
            format!("\"{}\"", "ab".repeat(16))
        );
        assert_eq!(postcard::to_allocvec(&id).unwrap(), vec![0xab; 16]);
        assert_eq!(
            postcard::from_bytes::<RequestNonce>(&[0xab; 16]).unwrap(),
            id
        );
        assert_eq!("AB".repeat(16).parse::<RequestNonce>().unwrap(), id);
    }

    #[test]
    fn a_text_of_the_wrong_length_or_alphabet_is_refused_with_what_was_expected() {
        let error = "xyz".parse::<Digest>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected 64 hexadecimal digits for Digest, found \"xyz\""
        );
        assert!("zz".repeat(32).parse::<Digest>().is_err());
    }

    #[test]
    fn the_default_origin_names_the_leader_key() {
        let origin = LeaderKey([7; 32]).default_origin();
        assert!(origin.starts_with("manyhands.local/"));
        assert_eq!(origin.len(), "manyhands.local/".len() + 16);
    }
}
