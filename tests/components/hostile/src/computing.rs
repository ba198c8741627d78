//! Deeds that compute, wait, crash, or take memory.

use std::hint::black_box;

use crate::answer::{Done, amount, healthy};

/// Never ends by itself, and never calls the runtime.
pub fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

/// So many million steps of work, with an end.
pub fn compute() -> Done {
    let mut sum = 0_u64;
    for step in 0..amount() * 1_000_000 {
        sum = black_box(sum.wrapping_mul(31).wrapping_add(step));
    }
    black_box(sum);
    Ok(healthy())
}

#[allow(unconditional_recursion, reason = "that is the deed")]
pub fn recurse(depth: u64) -> u64 {
    let here = black_box([depth; 8]);
    recurse(depth + 1) + here[0]
}

pub fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort()
}

/// Takes memory until it gets no more, and then answers.
pub fn allocate() -> Done {
    let mut held: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut more = Vec::new();
        if more.try_reserve_exact(16 << 20).is_err() {
            let megabytes = held.len() * 16;
            drop(held);
            return Err(format!("no more than {megabytes} MiB"));
        }
        more.resize(16 << 20, 1);
        held.push(black_box(more));
    }
}

/// Takes so many bytes and uses them. Aborts if it does not get them, as most programs do.
pub fn hold() -> Done {
    let bytes = usize::try_from(amount()).map_err(|error| error.to_string())?;
    black_box(vec![1_u8; bytes]);
    Ok(healthy())
}

/// Waits for so many milliseconds; 0 is for ever.
pub fn sleep() -> Done {
    let time = match amount() {
        0 => std::time::Duration::from_secs(1 << 30),
        time => std::time::Duration::from_millis(time),
    };
    std::thread::sleep(time);
    Ok(healthy())
}
