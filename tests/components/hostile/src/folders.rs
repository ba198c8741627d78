//! Deeds that read and write outside the granted folder, or block on a pipe.

use std::fs::{self, File};
use std::io::Read;

use bare_adapter::work::Call;

use crate::answer::{Done, healthy, tried};

/// Reads from a pipe that nobody writes to.
pub fn pipe() -> Done {
    let mut pipe = File::open("/work/pipe")
        .map_err(|error| format!("/work/pipe cannot be opened: {error}"))?;
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    Ok(healthy())
}

/// Reads and writes beside its folder.
pub fn upwards(call: &Call) -> Done {
    tried(
        call,
        &[
            ("..", &|| fs::write("/work/../outside/evil", "evil")),
            ("deep", &|| {
                fs::write("/work/inner/../../outside/evil", "evil")
            }),
            ("absolute", &|| fs::write("/outside/evil", "evil")),
            ("root", &|| fs::write("/evil", "evil")),
            ("read", &|| fs::read("/work/../outside/secret").map(drop)),
            ("system", &|| fs::read("/etc/passwd").map(drop)),
            ("list", &|| fs::read_dir("/work/..").map(drop)),
            ("folder", &|| fs::create_dir("/work/../outside/evil")),
            ("remove", &|| fs::remove_file("/work/../outside/secret")),
        ],
    )
}

/// Reads and writes through links that lead out: `out` leads to a folder, `secret` to a file,
/// `dangling` to nothing.
pub fn links(call: &Call) -> Done {
    tried(
        call,
        &[
            ("write", &|| fs::write("/work/out/evil", "evil")),
            ("overwrite", &|| fs::write("/work/secret", "evil")),
            ("make", &|| fs::write("/work/dangling", "evil")),
            ("read", &|| fs::read("/work/secret").map(drop)),
            ("list", &|| fs::read_dir("/work/out").map(drop)),
            ("remove", &|| fs::remove_file("/work/out/secret")),
            ("truncate", &|| {
                let file = File::options()
                    .write(true)
                    .truncate(true)
                    .open("/work/secret");
                file.map(drop)
            }),
            ("hard link", &|| {
                fs::hard_link("/work/secret/", "/work/mine")
            }),
            ("absolute link", &|| {
                link("/outside", "/work/own")?;
                fs::write("/work/own/evil", "evil")
            }),
            ("own link", &|| {
                link("../outside", "/work/up")?;
                fs::write("/work/up/evil", "evil")
            }),
        ],
    )
}

fn link(to: &str, at: &str) -> std::io::Result<()> {
    #[cfg(target_os = "wasi")]
    {
        use wasip2::filesystem::preopens::get_directories;
        let at = at.trim_start_matches("/work/");
        let folders = get_directories();
        let Some((folder, _)) = folders.into_iter().find(|(_, path)| path == "/work") else {
            return Err(std::io::ErrorKind::NotFound.into());
        };
        let linked = folder.symlink_at(to, at);
        linked.map_err(|error| std::io::Error::other(format!("{error:?}")))
    }
    #[cfg(not(target_os = "wasi"))]
    Err(std::io::Error::other(format!("{at} to {to}")))
}

/// Moves files out of its folder, and into it.
pub fn rename(call: &Call) -> Done {
    fs::write("/work/own", "evil").map_err(|error| error.to_string())?;
    tried(
        call,
        &[
            ("out", &|| fs::rename("/work/own", "/work/../outside/evil")),
            ("in", &|| {
                fs::rename("/work/../outside/secret", "/work/mine")
            }),
            ("through a link", &|| {
                fs::rename("/work/own", "/work/out/evil")
            }),
            ("from a link", &|| {
                fs::rename("/work/out/secret", "/work/mine")
            }),
        ],
    )
}
