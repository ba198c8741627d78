//! Deeds that hold files, timers and sockets, or ask for random bytes.

use std::fs::File;

use crate::answer::{Done, amount, healthy};

/// Opens so many files, and keeps them.
pub fn files() -> Done {
    for number in 1..=amount() {
        let file = File::create("/work/file");
        let file = file.map_err(|error| format!("file {number}: {error}"))?;
        std::mem::forget(file);
    }
    Ok(healthy())
}

/// Makes so many timers, and keeps them.
pub fn timers() -> Done {
    #[cfg(target_os = "wasi")]
    for _ in 0..amount() {
        std::mem::forget(wasip2::clocks::monotonic_clock::subscribe_duration(1));
    }
    Ok(healthy())
}

/// Makes so many sockets, and keeps them.
pub fn sockets() -> Done {
    #[cfg(target_os = "wasi")]
    for number in 1..=amount() {
        use wasip2::sockets::network::IpAddressFamily;
        let socket = wasip2::sockets::tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4);
        let socket = socket.map_err(|error| format!("socket {number}: {error:?}"))?;
        std::mem::forget(socket);
    }
    Ok(healthy())
}

/// Asks for so many random bytes at once.
pub fn random() -> Done {
    #[cfg(target_os = "wasi")]
    std::hint::black_box(wasip2::random::random::get_random_bytes(amount()));
    Ok(healthy())
}
