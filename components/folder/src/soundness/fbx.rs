//! FBX in its binary form: each node to the end of the list.

use super::source::{Fault, Source};

/// More nodes than this are not walked.
const MOST: usize = 20_000_000;

/// Nodes in nodes, deeper than programs write them.
const DEEPEST: usize = 64;

pub fn check(source: &mut Source) -> Result<(), Fault> {
    const NODES: &str = "its objects";
    source.skip(23, "its header")?;
    let wide = source.u32_le("its header")? >= 7500;
    let mut ends = vec![source.size()];
    for _ in 0..MOST {
        let begins = source.at();
        // The end of the parent, where nodes may end without an empty one.
        while ends.len() > 1 && Some(&begins) == ends.last() {
            ends.pop();
        }
        let (end, length, name) = match wide {
            true => {
                let end = source.u64_le(NODES)?;
                source.skip(8, NODES)?;
                (end, source.u64_le(NODES)?, source.u8(NODES)?)
            }
            false => {
                let end = source.u32_le(NODES)?.into();
                source.skip(4, NODES)?;
                (end, source.u32_le(NODES)?.into(), source.u8(NODES)?)
            }
        };
        if end == 0 {
            // An empty node ends a list, and the last one the file.
            if ends.len() == 1 {
                return Ok(());
            }
            ends.pop();
            continue;
        }
        if end > source.size() {
            return Err(source.ends(NODES));
        }
        let parent = ends.last().copied().unwrap_or(0);
        let content = source
            .at()
            .saturating_add(name.into())
            .saturating_add(length);
        if end > parent || content > end {
            return Err(Fault::broken(format!(
                "there is no valid object at byte {begins}"
            )));
        }
        source.seek(content, NODES)?;
        if content < end {
            ends.push(end);
        }
        if ends.len() > DEEPEST {
            return Err(Fault::NotChecked(
                "its objects are nested too deeply".into(),
            ));
        }
    }
    Err(Fault::NotChecked(
        "it has too many objects to be checked here".into(),
    ))
}
