//! How many requests one address may make: a limit on what changes something or makes us verify a signature.

use super::Api;
use super::error::ApiError;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use shared::api::problem::ProblemCode;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Requests a second from one address, and how many at once after a pause.
const REMOTE: (NonZeroU32, NonZeroU32) = (nonzero(200), nonzero(2_000));
/// The same for this machine, where a proxy may stand for many.
const LOCAL: (NonZeroU32, NonZeroU32) = (nonzero(10_000), nonzero(50_000));
/// Addresses that have their full quota again are forgotten each time this many requests were counted.
const FORGET_EVERY: u32 = 4_096;

const fn nonzero(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("the constants above are not zero")
}

/// What each address has used.
#[derive(Debug)]
pub(super) struct RateLimit {
    remote: DefaultKeyedRateLimiter<IpAddr>,
    local: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
    counted: AtomicU32,
}

impl Default for RateLimit {
    fn default() -> Self {
        let limiter =
            |(rate, burst)| RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst));
        Self {
            remote: limiter(REMOTE),
            local: limiter(LOCAL),
            clock: DefaultClock::default(),
            counted: AtomicU32::new(0),
        }
    }
}

impl RateLimit {
    /// Counts one request; if it is one too many, says after how many seconds to try again.
    fn count(&self, peer: IpAddr) -> Result<(), u64> {
        let counted = self.counted.fetch_add(1, Ordering::Relaxed);
        if counted.is_multiple_of(FORGET_EVERY) {
            self.remote.retain_recent();
        }
        let peer = network(peer);
        let limiter = if peer.is_loopback() {
            &self.local
        } else {
            &self.remote
        };
        limiter.check_key(&peer).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            wait.as_secs().saturating_add(1)
        })
    }
}

/// An IPv6 user has a whole /64.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64))
        }
        other => other,
    }
}

/// The layer. A server that tells no peer addresses has no limit.
pub(super) async fn limit(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(address)| address.ip());
    if let Some(peer) = peer.filter(|_| is_counted(request.method(), request.headers()))
        && let Err(seconds) = api.rate.count(peer)
    {
        let detail = format!("too many requests from this address; try again in {seconds} s");
        return ApiError::later(ProblemCode::RateLimited, seconds, detail).into_response();
    }
    next.run(request).await
}

fn is_counted(method: &Method, headers: &HeaderMap) -> bool {
    let is_signed = headers
        .get(AUTHORIZATION)
        .is_some_and(|value| value.as_bytes().starts_with(b"Manyhands"));
    !method.is_safe() || is_signed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_asks_too_much_is_told_when_to_come_back_and_others_are_not_disturbed() {
        let rate = RateLimit::default();
        let (greedy, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let refused = (0..10_000).find_map(|_| rate.count(greedy).err());
        assert_eq!(refused, Some(1));
        assert_eq!(rate.count(other), Ok(()));
    }

    #[test]
    fn one_ipv6_user_is_one_however_many_addresses_they_use() {
        let address = |text: &str| -> IpAddr { text.parse().unwrap() };
        assert_eq!(
            network(address("2001:db8::1")),
            network(address("2001:db8::ffff:2"))
        );
        assert_ne!(
            network(address("2001:db8::1")),
            network(address("2001:db8:0:1::1"))
        );
        assert_eq!(network(address("::1")), address("::1"));
    }
}
