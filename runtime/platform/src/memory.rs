//! Whether there is enough memory. A small allocation that fails aborts the program without a
//! message, so this is checked before work begins.

/// Too little memory can be had.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} MB of memory are needed, but the system has less; raise the limit with `ulimit -v`, or close other programs",
    .0 >> 20
)]
pub struct TooLittleMemory(usize);

/// Makes sure that the system still gives this many bytes, by asking for them. They are not used.
///
/// # Errors
/// There are not enough.
pub fn expect(bytes: usize) -> Result<(), TooLittleMemory> {
    match can_be_had(bytes) {
        true => Ok(()),
        false => Err(TooLittleMemory(bytes)),
    }
}

/// Asks the system, and not the program's allocator: that reserves memory ahead, up to a limit, and
/// then has plenty for itself while a new thread gets none.
#[cfg(unix)]
#[expect(unsafe_code, reason = "maps memory and unmaps it")]
fn can_be_had(bytes: usize) -> bool {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: the system chooses the place, and nobody else knows it until it is unmapped.
    unsafe {
        match mmap_anonymous(std::ptr::null_mut(), bytes, access, MapFlags::PRIVATE) {
            Ok(start) => munmap(start, bytes).is_ok(),
            Err(_) => false,
        }
    }
}

/// Elsewhere what is reserved ahead is not counted.
#[cfg(not(unix))]
fn can_be_had(bytes: usize) -> bool {
    let mut asked: Vec<u8> = Vec::new();
    asked.try_reserve_exact(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_memory_is_explained() {
        expect(1 << 20).unwrap();
        let refused = expect(isize::MAX as usize).unwrap_err().to_string();
        assert!(refused.contains("ulimit -v"), "{refused}");
    }
}
