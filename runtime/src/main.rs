//! Reads the command line and hands over.

/// See the manifest for why.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    pyblish_endpoint::run()
}
