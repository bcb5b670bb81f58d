//! Any bytes as frames, in both directions: no panic, and what is read is written back alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::protocol::{ToCoordinator, ToNode, decode, encode};

fuzz_target!(|frame: &[u8]| {
    if let Ok(message) = decode::<ToCoordinator>(frame) {
        assert_eq!(decode::<ToCoordinator>(&encode(&message)), Ok(message));
    }
    if let Ok(message) = decode::<ToNode>(frame) {
        assert_eq!(decode::<ToNode>(&encode(&message)), Ok(message));
    }
});
