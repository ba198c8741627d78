//! Matroska and WebM: each element to the end of the segment, and each block of each cluster.

use super::source::{Fault, Source};

/// More elements than this are not walked.
const MOST: usize = 50_000_000;

const EBML: u64 = 0x1a45_dfa3;
const SEGMENT: u64 = 0x1853_8067;
const CLUSTER: u64 = 0x1f43_b675;

/// What a segment has directly in it; an element of unknown size ends before one of them.
const TOP: [u64; 8] = [
    CLUSTER,
    0x114d_9b74,
    0x1549_a966,
    0x1654_ae6b,
    0x1c53_bb6b,
    0x1941_a469,
    0x1043_a770,
    0x1254_c367,
];

const CONTENT: &str = "its content";

pub fn check(source: &mut Source) -> Result<(), Fault> {
    let (mut has_segment, mut has_cluster, mut end) = (false, false, u64::MAX);
    for _ in 0..MOST {
        if source.left() == 0 || source.at() >= end {
            break;
        }
        let begins = source.at();
        let id = number(source, false)?;
        let size = number(source, true)?;
        let Some(id) = id else {
            return Err(Fault::broken(format!(
                "there is no valid part at byte {begins}"
            )));
        };
        if !has_segment {
            has_segment = id == SEGMENT;
            match (id, size) {
                (SEGMENT, Some(size)) => {
                    source.need(size, CONTENT)?;
                    end = source.at() + size;
                }
                // It was written as a stream.
                (SEGMENT, None) => {}
                (EBML | 0xec, Some(size)) => source.skip(size, CONTENT)?,
                _ => {
                    return Err(Fault::broken(format!(
                        "there is no valid part at byte {begins}"
                    )));
                }
            }
            continue;
        }
        has_cluster |= id == CLUSTER;
        match size {
            // Clusters are walked, because a copy can end in one of unknown size.
            None if TOP.contains(&id) => {}
            None => {
                return Err(Fault::broken(format!(
                    "there is no valid part at byte {begins}"
                )));
            }
            Some(size) => source.skip(size, CONTENT)?,
        }
    }
    match has_cluster {
        true => Ok(()),
        false => Err(Fault::broken(
            "it contains no movie: its program did not finish it",
        )),
    }
}

/// A number whose first byte says how long it is. As a size it has no mark of its length; none is an
/// unknown size, or no number.
fn number(source: &mut Source, is_size: bool) -> Result<Option<u64>, Fault> {
    let first = source.u8(CONTENT)?;
    let more = first.leading_zeros();
    if more > 7 || (!is_size && more > 3) {
        return Ok(None);
    }
    let mut value = match is_size {
        true => u64::from(first) & (0x7f_u64 >> more),
        false => u64::from(first),
    };
    for _ in 0..more {
        value = value << 8 | u64::from(source.u8(CONTENT)?);
    }
    let unknown = (1_u64 << (7 * (more + 1))) - 1;
    Ok((!is_size || value != unknown).then_some(value))
}
