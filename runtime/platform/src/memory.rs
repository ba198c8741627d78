//! Whether there is enough memory. A small allocation that fails aborts the program without a
//! message, so this is checked before work begins.

/// Too little memory can be had.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} MB of memory are needed, but the system has less; raise the limit with `ulimit -v`, or close other programs",
    .0 >> 20
)]
pub struct TooLittleMemory(usize);

/// Makes sure that this many bytes can be allocated, by allocating them. They are not used.
///
/// # Errors
/// There are not enough.
pub fn expect(bytes: usize) -> Result<(), TooLittleMemory> {
    let mut asked: Vec<u8> = Vec::new();
    asked
        .try_reserve_exact(bytes)
        .map_err(|_| TooLittleMemory(bytes))
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
