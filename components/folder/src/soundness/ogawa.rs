//! Ogawa, in which Alembic files are: the mark that the file was finished, and each group and data
//! from the root.
//!
//! The root is written last, so that a file that was cut off has a root beyond its end. Damage in
//! the middle leaves the other objects readable, and is told as such.

use std::collections::HashSet;

use super::source::{Fault, Source};

/// More groups than this, and more children of all of them, are not walked.
const MOST: usize = 4_000_000;
const MOST_CHILDREN: u64 = 16_000_000;

/// This bit tells data from groups.
const DATA: u64 = 1 << 63;

pub fn check(source: &mut Source) -> Result<(), Fault> {
    source.skip(5, "its header")?;
    if source.u8("its header")? == 0 {
        return Err(Fault::broken("its program did not finish it"));
    }
    source.skip(2, "its header")?;
    let root = source.u64_le("its header")?;
    source.seek(root, "its objects")?;
    source.need(8, "its objects")?;
    match walk(source, root) {
        Err(Fault::Broken(reason)) => Err(Fault::Damaged(reason)),
        found => found,
    }
}

fn walk(source: &mut Source, root: u64) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    let (mut next, mut children) = (vec![root], 0_u64);
    while let Some(at) = next.pop() {
        // Groups and data that are empty have no place.
        if at == 0 || !seen.insert(at) {
            continue;
        }
        source.seek(at, "its objects")?;
        let count = source.u64_le("its objects")?;
        source.need(count.saturating_mul(8), "its objects")?;
        children = children.saturating_add(count);
        if seen.len() > MOST || children > MOST_CHILDREN {
            return Err(Fault::NotChecked(
                "it has too many objects to be checked here".into(),
            ));
        }
        let mut data = Vec::new();
        for _ in 0..count {
            match source.u64_le("its objects")? {
                child if child & DATA == 0 => next.push(child),
                child if child != DATA => data.push(child & !DATA),
                _ => {}
            }
        }
        data.sort_unstable();
        for at in data {
            source.seek(at, "its data")?;
            let size = source.u64_le("its data")?;
            source.need(size, "its data")?;
        }
    }
    Ok(())
}
