//! The body of a block as it stands on disk: each entry behind its length, the header last.

/// The bytes of a body.
pub(super) fn encode(entries: &[Vec<u8>], header: &[u8]) -> Vec<u8> {
    let len = entries.iter().map(|entry| entry.len() + 4).sum::<usize>();
    let mut body = Vec::with_capacity(len + header.len() + 4);
    for entry in entries.iter().map(Vec::as_slice).chain([header]) {
        // An entry has at most 65,535 bytes: the rules were checked before.
        let len = u32::try_from(entry.len()).unwrap_or(u32::MAX);
        body.extend_from_slice(&len.to_be_bytes());
        body.extend_from_slice(entry);
    }
    body
}

/// The entries, the header last; `None` when the bytes are no body.
pub(super) fn decode(mut body: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    while let Some((len, rest)) = body.split_first_chunk() {
        let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
        let (entry, rest) = rest.split_at_checked(len)?;
        entries.push(entry.to_vec());
        body = rest;
    }
    (body.is_empty() && !entries.is_empty()).then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_reads_back_and_a_torn_one_does_not() {
        let entries = [b"one".to_vec(), Vec::new()];
        let body = encode(&entries, b"header");
        let all = [b"one".to_vec(), Vec::new(), b"header".to_vec()];
        assert_eq!(decode(&body).unwrap(), all);
        for len in 0..body.len() {
            let read = decode(&body[..len]);
            assert!(read.is_none_or(|read| read.len() < 3), "{len}");
        }
        assert!(decode(&[255; 9]).is_none());
    }
}
