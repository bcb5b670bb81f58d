//! The one shape of every error: `application/problem+json` (RFC 9457) with a code for machines.

use serde::{Deserialize, Serialize};

/// Media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $title:literal;)*) => {
        /// What went wrong, for machines.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)*
        }

        impl ProblemCode {
            /// Every code, for documentation and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }

            /// A few words that are the same each time.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }
        }
    };
}

codes! {
    /// A parameter, path or body is not of the form that the route wants.
    InvalidRequest = 400, "The request is not valid";
    /// A changing route wants JSON or octet-stream.
    UnsupportedMediaType = 415, "Unsupported media type";
    /// The body is over the route's limit.
    BodyTooLarge = 413, "The body is too large";
    /// No such route, or no such thing that you may see.
    NotFound = 404, "Not found";
    /// The route has other methods.
    MethodNotAllowed = 405, "Method not allowed";
    /// No credentials where some are needed.
    Unauthenticated = 401, "Credentials are needed";
    /// The `Authorization` header is malformed.
    BadCredentials = 401, "The credentials cannot be read";
    /// The request's time is more than 120 s from the server's.
    StaleSignature = 401, "The request's signature is stale";
    /// The request's nonce was used before.
    ReplayedRequest = 401, "The request was seen before";
    /// The request's signature does not verify.
    BadSignature = 401, "The request's signature does not verify";
    /// The token is unknown, expired or revoked.
    BadToken = 401, "The token is not valid";
    /// The token lacks a scope.
    MissingScope = 403, "The token lacks a scope";
    /// The key is not approved on a coordinator that runs with `--submitters approved`.
    NotApproved = 403, "The key is not approved";
    /// A request of another Origin, a foreign Host or a forwarded header while posting is open to loopback.
    ForeignOrigin = 403, "The request comes from elsewhere";
    /// Not yours.
    Forbidden = 403, "Not allowed";
    /// The module is not a program that can run here.
    ModuleRefused = 422, "The module is refused";
    /// The manifest breaks a rule.
    ManifestInvalid = 422, "The program manifest is not valid";
    /// The publication breaks a rule.
    ProgramInvalid = 422, "The publication is not valid";
    /// The name belongs to another publisher.
    NameTaken = 409, "The name belongs to another publisher";
    /// The version exists with other contents.
    VersionTaken = 409, "The version exists already";
    /// The job names a program that is not published.
    UnknownProgram = 422, "The program is not known";
    /// The signed job breaks a rule.
    JobInvalid = 422, "The job is not valid";
    /// The leaf list is not the one that the job's input_root is made of.
    LeavesMismatch = 422, "The leaves do not match the job";
    /// The job asks for something that this coordinator does not offer.
    NotOffered = 422, "Not offered here";
    /// The job has ended.
    JobEnded = 409, "The job has ended";
    /// A change of the storage nodes would break a rule, or the new one does not answer.
    PolicyInvalid = 422, "The storage nodes cannot be changed so";
    /// Another change of the storage nodes waits for approval.
    ChangeWaits = 409, "Another change waits";
    /// The bytes do not have the hash in the path.
    HashMismatch = 422, "The bytes do not have this hash";
    /// The key holds too many or too large unreferenced blobs.
    QuotaExceeded = 429, "The quota of unreferenced blobs is used up";
    /// Too many requests.
    RateLimited = 429, "Too many requests";
    /// The same Idempotency-Key with another body.
    IdempotencyMismatch = 422, "The idempotency key was used for another request";
    /// Queues are full; try again.
    Busy = 503, "The server is busy";
    /// Another coordinator leads.
    NotLeader = 503, "Another coordinator leads";
    /// The coordinator is stopping.
    Draining = 503, "The coordinator is stopping";
    /// Our fault.
    Internal = 500, "An internal error";
}

/// An error as every route answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Address of the code's explanation.
    pub r#type: String,
    /// [`ProblemCode::title`].
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What, where, and what to do.
    pub detail: String,
    /// The request's id, to quote to an admin.
    pub instance: String,
    /// For machines.
    pub code: ProblemCode,
    /// Single faults in the body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// When to try again, seconds; also in `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
}

/// One fault in a request's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the body.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}
