//! Frames: four bytes of length, and then this many bytes of JSON.

/// The largest frame, in bytes: the limit of the protocol.
pub const LIMIT: usize = 64 << 20;

const LENGTH: usize = 4;

/// Bytes that were read but not used yet.
#[derive(Debug)]
pub struct Frames {
    bytes: Vec<u8>,
    /// The start of the next frame; everything before it was used.
    start: usize,
    pub limit: usize,
}

/// It is not a frame, or longer than allowed.
#[derive(Debug, PartialEq)]
pub struct TooLong(pub usize);

impl Default for Frames {
    fn default() -> Self {
        Frames {
            bytes: Vec::new(),
            start: 0,
            limit: LIMIT,
        }
    }
}

impl Frames {
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The position of the next complete frame, which then counts as used; none while it is
    /// incomplete.
    pub fn next(&mut self) -> Result<Option<&[u8]>, TooLong> {
        let rest = &self.bytes[self.start..];
        let Some((length, rest)) = rest.split_first_chunk::<LENGTH>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes(*length) as usize;
        if length > self.limit {
            return Err(TooLong(length));
        }
        if rest.len() < length {
            return Ok(None);
        }
        let from = self.start + LENGTH;
        self.start = from + length;
        Ok(Some(&self.bytes[from..self.start]))
    }
}

/// A message as a frame, to be written in one piece; none if it is longer than the protocol allows.
pub fn frame(json: Vec<u8>) -> Option<Vec<u8>> {
    let length = u32::try_from(json.len()).ok()?;
    if json.len() > LIMIT {
        return None;
    }
    let mut frame = Vec::with_capacity(LENGTH + json.len());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&json);
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_whole_however_they_came_in() {
        let mut sent = frame(b"{}".to_vec()).unwrap();
        sent.extend(frame(b"[1]".to_vec()).unwrap());
        for size in 1..sent.len() {
            let (mut frames, mut found) = (Frames::default(), Vec::new());
            for piece in sent.chunks(size) {
                frames.push(piece);
                while let Some(frame) = frames.next().unwrap() {
                    found.push(frame.to_vec());
                }
            }
            assert_eq!(found, [b"{}".to_vec(), b"[1]".to_vec()], "{size}");
        }
    }

    #[test]
    fn what_is_longer_than_allowed_is_refused_before_it_is_read() {
        let mut frames = Frames::default();
        frames.push(b"HTTP/1.1 200 OK");
        assert_eq!(frames.next(), Err(TooLong(0x4854_5450)));
        let mut frames = Frames::default();
        frames.push(&(64u32 << 20).to_be_bytes());
        assert_eq!(frames.next(), Ok(None));
        assert_eq!(frame(vec![0; LIMIT + 1]), None);
    }
}
