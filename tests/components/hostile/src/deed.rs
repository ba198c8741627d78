//! The deeds. What is stopped with an error answers it, so that a test sees who stopped it and how.

use std::cell::RefCell;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::Read;
use std::net::{TcpListener, TcpStream, UdpSocket};

use crate::pyblish::endpoint::runtime;
use crate::pyblish::endpoint::types::{Change, Instance, Outcome, Place, Record};
use crate::{amount, healthy, nothing};

thread_local! {
    /// Where to connect to.
    pub static ADDRESS: RefCell<String> = const { RefCell::new(String::new()) };
}

type Done = Result<Outcome, String>;

type Deed = (&'static str, fn() -> Done);

/// Each deed by its name.
const DEEDS: [Deed; 34] = [
    ("Answer", || Ok(healthy())),
    ("Spin", || spin()),
    ("Compute", compute),
    ("Recurse", || Err(recurse(0).to_string())),
    ("Trap", || trap()),
    ("Panic", || panic!("on purpose")),
    ("Exit", || std::process::exit(3)),
    ("Allocate", allocate),
    ("Hold", hold),
    ("Flood", flood),
    ("FloodData", flood_data),
    ("FloodProgress", flood_progress),
    ("Lost", lost),
    ("Long", long),
    ("LongRecord", long_record),
    ("NoText", no_text),
    ("NoTextRecord", no_text_record),
    ("NoJson", no_json),
    ("DeepJson", deep_json),
    ("NoInstance", no_instance),
    ("SameInstance", same_instance),
    ("Nothing", || Ok(nothing())),
    ("Files", files),
    ("Timers", timers),
    ("Sockets", sockets),
    ("Random", random),
    ("Sleep", sleep),
    ("Pipe", pipe),
    ("Upwards", upwards),
    ("Links", links),
    ("Rename", rename),
    ("Connect", connect),
    ("Elsewhere", elsewhere),
    ("Listen", listen),
];

pub const NAMES: [&str; DEEDS.len()] = {
    let mut names = [""; DEEDS.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = DEEDS[place].0;
        place += 1;
    }
    names
};

pub fn perform(name: &str) -> Done {
    let deed = DEEDS.iter().find(|(known, _)| *known == name);
    deed.ok_or_else(|| format!("there is no deed {name:?}"))?.1()
}

/// Never ends by itself, and calls nothing.
fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

/// So many million steps of work, with an end.
fn compute() -> Done {
    let mut sum = 0_u64;
    for step in 0..amount() * 1_000_000 {
        sum = black_box(sum.wrapping_mul(31).wrapping_add(step));
    }
    black_box(sum);
    Ok(healthy())
}

#[allow(unconditional_recursion, reason = "that is the deed")]
fn recurse(depth: u64) -> u64 {
    let here = black_box([depth; 8]);
    recurse(depth + 1) + here[0]
}

fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort()
}

/// Takes memory until it gets no more, and then answers.
fn allocate() -> Done {
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

/// Takes so many bytes and uses them; gives up where it does not get them, as most programs do.
fn hold() -> Done {
    let bytes = usize::try_from(amount()).map_err(|error| error.to_string())?;
    black_box(vec![1_u8; bytes]);
    Ok(healthy())
}

fn record(message: String) -> Record {
    Record {
        level: 20,
        message,
        logger: "hostile".into(),
        location: None,
        traceback: None,
        created: None,
    }
}

fn flood() -> Done {
    for number in 1..=amount() {
        runtime::log(&record(format!("record {number}")));
    }
    Ok(healthy())
}

/// So many records of 64 KiB each.
fn flood_data() -> Done {
    for _ in 0..amount() {
        runtime::log(&record("x".repeat(64 << 10)));
    }
    Ok(healthy())
}

fn flood_progress() -> Done {
    let all = amount();
    for number in 1..=all {
        runtime::progress(number as f64 / all as f64, "on");
    }
    // What is no number, and what is beyond both ends.
    for fraction in [f64::NAN, f64::INFINITY, -1.0] {
        runtime::progress(fraction, "off");
    }
    Ok(healthy())
}

/// Says that its host is gone, though it has none, and goes on.
fn lost() -> Done {
    runtime::lost("it was never there");
    Ok(healthy())
}

fn long_text() -> Result<String, String> {
    let bytes = usize::try_from(amount()).map_err(|error| error.to_string())?;
    let mut text = String::new();
    text.try_reserve_exact(bytes + 2)
        .map_err(|error| error.to_string())?;
    text.push('"');
    text.extend(std::iter::repeat_n('x', bytes));
    text.push('"');
    Ok(text)
}

fn set(instance: Option<&str>, key: &str, value: String) -> Change {
    let place = Place {
        instance: instance.map(Into::into),
        key: key.into(),
    };
    Change::DataSet((place, value))
}

fn changed(change: Change) -> Done {
    Ok(Outcome {
        ahead: 0,
        took: None,
        failure: None,
        changes: vec![change],
    })
}

/// Answers with a value of so many bytes.
fn long() -> Done {
    changed(set(None, "long", long_text()?))
}

/// Logs a text of so many bytes.
fn long_record() -> Done {
    runtime::log(&record(long_text()?));
    Ok(healthy())
}

/// What is no UTF-8, as a text.
fn no_text_at_all() -> String {
    // SAFETY: none, which is the deed; nothing here reads it, and whoever is handed it must look.
    unsafe { String::from_utf8_unchecked(vec![0x66, 0xff, 0xfe, 0xc0, 0x80]) }
}

fn no_text() -> Done {
    changed(set(None, "key", no_text_at_all()))
}

fn no_text_record() -> Done {
    runtime::log(&record(no_text_at_all()));
    Ok(healthy())
}

fn no_json() -> Done {
    changed(set(None, "key", "{\"open\": [".into()))
}

/// Lists in lists, so many.
fn deep_json() -> Done {
    let depth = usize::try_from(amount()).map_err(|error| error.to_string())?;
    let text = "[".repeat(depth) + &"]".repeat(depth);
    changed(set(None, "key", text))
}

/// A change of what is not there.
fn no_instance() -> Done {
    changed(set(Some("nobody"), "key", "1".into()))
}

/// Adds what is there already.
fn same_instance() -> Done {
    changed(Change::InstanceAdded(Instance {
        id: "one".into(),
        name: "one".into(),
        data: Vec::new(),
        members: Vec::new(),
    }))
}

/// Opens so many files, and keeps them.
fn files() -> Done {
    for number in 1..=amount() {
        let file = File::create("/work/file");
        let file = file.map_err(|error| format!("file {number}: {error}"))?;
        std::mem::forget(file);
    }
    Ok(healthy())
}

/// Makes so many timers, and keeps them.
fn timers() -> Done {
    #[cfg(target_os = "wasi")]
    for _ in 0..amount() {
        std::mem::forget(wasip2::clocks::monotonic_clock::subscribe_duration(1));
    }
    Ok(healthy())
}

/// Makes so many sockets, and keeps them.
fn sockets() -> Done {
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
fn random() -> Done {
    #[cfg(target_os = "wasi")]
    black_box(wasip2::random::random::get_random_bytes(amount()));
    Ok(healthy())
}

/// Waits for so many milliseconds; 0 is for ever.
fn sleep() -> Done {
    let time = match amount() {
        0 => std::time::Duration::from_secs(1 << 30),
        time => std::time::Duration::from_millis(time),
    };
    std::thread::sleep(time);
    Ok(healthy())
}

/// Reads from a pipe that nobody writes to.
fn pipe() -> Done {
    let mut pipe = File::open("/work/pipe").map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    Ok(healthy())
}

/// Tries each of these, and tells of those that succeeded.
fn tried(attempts: &[(&str, &dyn Fn() -> std::io::Result<()>)]) -> Done {
    let mut said = Vec::new();
    for (name, attempt) in attempts {
        match attempt() {
            Ok(()) => return Err(format!("{name} SUCCEEDED")),
            Err(error) => said.push(format!("{name}: {error}")),
        }
    }
    // All were refused; that it lives is seen from this.
    runtime::log(&record(said.join("; ")));
    Ok(healthy())
}

/// Writes beside its folder.
fn upwards() -> Done {
    tried(&[
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
    ])
}

/// Writes through links that lead out: `out` leads to a folder, `secret` to a file, `dangling` to what is not there.
fn links() -> Done {
    tried(&[
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
    ])
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

/// Renames out of its folder, and into it.
fn rename() -> Done {
    fs::write("/work/own", "evil").map_err(|error| error.to_string())?;
    tried(&[
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
    ])
}

fn address() -> String {
    ADDRESS.with_borrow(Clone::clone)
}

/// Connects to where it is allowed to.
fn connect() -> Done {
    TcpStream::connect(address()).map_err(|error| error.to_string())?;
    Ok(healthy())
}

/// Connects to everywhere else: the port that is `amount`, by all the names of this machine, and by a name.
fn elsewhere() -> Done {
    let port = amount();
    let to = |host: &str| TcpStream::connect(format!("{host}:{port}")).map(drop);
    tried(&[
        ("loopback", &|| to("127.0.0.1")),
        ("other loopback", &|| to("127.0.0.2")),
        ("any", &|| to("0.0.0.0")),
        ("loopback 6", &|| to("[::1]")),
        ("mapped", &|| to("[::ffff:127.0.0.1]")),
        ("metadata", &|| to("169.254.169.254")),
        ("name", &|| to("localhost")),
        ("UDP", &|| {
            let socket = UdpSocket::bind("0.0.0.0:0")?;
            socket.send_to(b"evil", ("127.0.0.1", 9)).map(drop)
        }),
    ])
}

/// Listens for others.
fn listen() -> Done {
    tried(&[
        ("loopback", &|| TcpListener::bind("127.0.0.1:0").map(drop)),
        ("all", &|| TcpListener::bind("0.0.0.0:0").map(drop)),
    ])
}
