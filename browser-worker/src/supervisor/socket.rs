//! The WebSocket to the coordinator.

use crate::supervisor::{Fact, Supervisor};
use js_sys::{ArrayBuffer, Uint8Array};
use shared::protocol::NODE_PATH;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket, WorkerGlobalScope};

/// Bytes that may wait to be sent; a coordinator that reads more slowly is left.
const MAX_WAITING_BYTES: u32 = 128 << 20;
/// Pieces of outputs wait while more than this is unsent, so that votes do not wait behind them, bytes.
const PIECES_WAIT_BYTES: u32 = 1 << 20;

/// What a socket reports.
#[derive(Debug)]
pub(super) enum SocketNews {
    Opened,
    /// A frame.
    Frame(Vec<u8>),
    /// A message that is no frame.
    Text,
    Closed(String),
}

/// An open socket, or one that opens. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Socket {
    number: u32,
    inner: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Opens the socket with this number.
    ///
    /// # Errors
    /// When the browser refuses at once.
    pub(super) fn open(
        scope: &WorkerGlobalScope,
        supervisor: &Supervisor,
        number: u32,
    ) -> Result<Self, JsValue> {
        let location = scope.location();
        let scheme = if location.protocol() == "https:" {
            "wss"
        } else {
            "ws"
        };
        let socket = WebSocket::new(&format!("{scheme}://{}{NODE_PATH}", location.host()))?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let tell = |supervisor: &Supervisor| {
            let supervisor = supervisor.clone();
            move |news| supervisor.give(Fact::Socket(number, news))
        };
        let told = tell(supervisor);
        let on_open = Closure::<dyn FnMut()>::new(move || told(SocketNews::Opened));
        let told = tell(supervisor);
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            told(match event.data().dyn_into::<ArrayBuffer>() {
                Ok(buffer) => SocketNews::Frame(Uint8Array::new(&buffer).to_vec()),
                Err(_) => SocketNews::Text,
            });
        });
        let told = tell(supervisor);
        // A socket that fails is closed too, so errors say nothing new.
        let on_close = Closure::<dyn FnMut(_)>::new(move |event: CloseEvent| {
            told(SocketNews::Closed(format!("closed ({})", event.code())));
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self {
            number,
            inner: socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        })
    }

    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    /// Sends a frame; false when the socket is of no use any more.
    pub(super) fn send(&self, frame: &[u8]) -> bool {
        self.inner.buffered_amount() <= MAX_WAITING_BYTES
            && self.inner.send_with_u8_array(frame).is_ok()
    }

    /// Whether a piece of an output may be sent now.
    pub(super) fn has_room(&self) -> bool {
        self.inner.buffered_amount() < PIECES_WAIT_BYTES
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.inner.set_onopen(None);
        self.inner.set_onmessage(None);
        self.inner.set_onclose(None);
        // What was sent still goes out. Closing fails only with a bad code, and none is given.
        let _ = self.inner.close();
    }
}
