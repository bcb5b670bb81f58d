//! Server-sent events (WHATWG HTML section 9.2) as a plain state machine: bytes in, events out, bounded.

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamEvent {
    /// Its id, to go on from after a break; kept from the event before when it has none.
    pub id: String,
    /// Its data lines.
    pub data: String,
}

/// Bytes that one event may have; a certificate has a few thousand.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// The stream is not one of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event of more than {MAX_EVENT_BYTES} bytes")]
pub struct TooLong;

/// Cuts a stream of bytes into events.
#[derive(Debug, Default)]
pub struct EventParser {
    line: Vec<u8>,
    event: StreamEvent,
    after_cr: bool,
}

impl EventParser {
    /// Takes the next bytes and gives the events that they complete.
    ///
    /// # Errors
    /// [`TooLong`] when an event does not end.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<StreamEvent>, TooLong> {
        let mut events = Vec::new();
        for &byte in bytes {
            let ends_crlf = std::mem::replace(&mut self.after_cr, byte == b'\r') && byte == b'\n';
            match byte {
                b'\n' if ends_crlf => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ if self.line.len() + self.event.data.len() >= MAX_EVENT_BYTES => {
                    return Err(TooLong);
                }
                _ => self.line.push(byte),
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Option<StreamEvent> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.event.data);
            let id = self.event.id.clone();
            return (!data.is_empty()).then_some(StreamEvent { id, data });
        }
        let line = String::from_utf8_lossy(&line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => value.clone_into(&mut self.event.id),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            // The event's name is in its data too; comments and the retry time are of no use here.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &[u8] =
        b": hello\n\nid: 7\nevent: job.state\ndata: {\"a\":1}\n\r\ndata: x\rdata:y\r\r\nid:8\n\ndata: z";

    fn expected() -> Vec<StreamEvent> {
        let event = |id: &str, data: &str| StreamEvent {
            id: id.into(),
            data: data.into(),
        };
        vec![event("7", "{\"a\":1}"), event("7", "x\ny")]
    }

    proptest! {
        #[test]
        fn events_are_the_same_however_the_stream_is_cut(cut in 0..STREAM.len(), next in 0..STREAM.len()) {
            let (first, last) = (cut.min(next), cut.max(next));
            let mut parser = EventParser::default();
            let mut events = parser.push(&STREAM[..first]).unwrap();
            events.extend(parser.push(&STREAM[first..last]).unwrap());
            events.extend(parser.push(&STREAM[last..]).unwrap());
            prop_assert_eq!(events, expected());
        }
    }

    #[test]
    fn an_event_that_never_ends_is_refused() {
        let mut parser = EventParser::default();
        assert_eq!(parser.push(&vec![b'x'; MAX_EVENT_BYTES + 1]), Err(TooLong));
        let mut parser = EventParser::default();
        let line = [b"data: ".as_slice(), &vec![b'y'; 500_000], b"\n"].concat();
        assert!(parser.push(&line).is_ok());
        assert!(parser.push(&line).is_ok());
        assert_eq!(parser.push(&line), Err(TooLong));
    }
}
