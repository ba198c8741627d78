//! The attacks.

use std::fs::{self, File};
use std::io::Read;
use std::net::{TcpStream, ToSocketAddrs};

use bare_adapter::model::{Change, Value};
use bare_adapter::work::Call;
use bare_adapter::{added, record, set};

use crate::settings::{ADDRESS, AMOUNT, TEXT};

/// The outcome of an attack, or what it found out, or what stopped it.
type Done = Result<Vec<Change>, String>;

/// An attack, and the name of its plug-in.
type Attack = (&'static str, fn(&Call) -> Done);

pub const ALL: &[Attack] = &[
    ("AddInstances", |_| add_instances()),
    ("RemoveInstances", |_| remove_instances()),
    ("AnswerObjects", |_| answer_objects()),
    ("NameControlCharacters", |_| name_control_characters()),
    ("LogMuch", log_much),
    ("ReplaceInnerFolder", |_| replace_inner_folder()),
    ("LookAround", |_| look_around()),
    ("ReadFile", |_| read_file()),
    ("Connect", |_| connect()),
    ("LookUp", |_| look_up()),
];

/// Bytes of one record.
const RECORD: usize = 64 << 10;

fn amount() -> usize {
    usize::try_from(AMOUNT.get()).unwrap_or(usize::MAX)
}

fn text() -> String {
    TEXT.with_borrow(Clone::clone)
}

/// Many instances at once, whose ids are numbers.
fn add_instances() -> Done {
    let instance = |number| added(format!("{number:x}"), String::new());
    Ok((0..amount()).map(instance).collect())
}

/// Removes them, the first one first.
fn remove_instances() -> Done {
    let removed = |number| Change::InstanceRemoved(format!("{number:x}"));
    Ok((0..amount()).map(removed).collect())
}

/// A value of many objects with one number each: seven bytes of text each, and far more in memory.
fn answer_objects() -> Done {
    let objects = vec![r#"{"":0}"#; amount()].join(",");
    let value = Value::Json(format!("[{objects}]"));
    Ok(vec![set(None, "objects", value)])
}

/// An instance with a name of control characters, each of which takes six characters in JSON.
fn name_control_characters() -> Done {
    let name = "\u{1}".repeat(amount());
    Ok(vec![added("control".into(), name)])
}

/// The history compresses what is logged, so these are letters by chance.
fn log_much(call: &Call) -> Done {
    let mut state = 1_u64;
    let mut letter = || {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'0' + u8::try_from(state & 63).unwrap_or_default())
    };
    for _ in 0..amount() {
        let text: String = std::iter::repeat_with(&mut letter).take(RECORD).collect();
        call.log(&record("evil", text));
    }
    Ok(Vec::new())
}

/// With one granted folder inside the other: replaces the inner one by a link that leads outside,
/// and traps, so that the runtime restarts the adapter.
#[cfg(target_os = "wasi")]
fn replace_inner_folder() -> Done {
    let granted = wasip2::filesystem::preopens::get_directories();
    let (outer, _) = granted
        .into_iter()
        .find(|(_, path)| path == "/outer")
        .ok_or("there is no /outer")?;
    outer
        .rename_at("inner", &outer, "moved")
        .map_err(|error| format!("the folder cannot be moved: {error:?}"))?;
    outer
        .symlink_at("../outside", "inner")
        .map_err(|error| format!("no link can be put there: {error:?}"))?;
    core::arch::wasm32::unreachable()
}

/// Only the sandbox has folders as descriptors.
#[cfg(not(target_os = "wasi"))]
fn replace_inner_folder() -> Done {
    Err("this is not the sandbox".into())
}

/// Reads and writes in the inner folder, and reports the result.
fn look_around() -> Done {
    let read = fs::read_to_string("/inner/secret");
    let wrote = fs::write("/inner/written-by-adapter", "x");
    Err(format!("read {read:?}, wrote {wrote:?}"))
}

/// Reads a file of a granted folder, and reports its first bytes.
fn read_file() -> Done {
    let path = format!("/outer/{}", text());
    let mut beginning = [0; 16];
    let read = File::open(path)
        .and_then(|mut file| file.read(&mut beginning))
        .map_err(|error| error.to_string())?;
    Err(format!(
        "READ {}",
        String::from_utf8_lossy(&beginning[..read])
    ))
}

fn connect() -> Done {
    let address = ADDRESS.with_borrow(Clone::clone);
    TcpStream::connect(address).map_err(|error| error.to_string())?;
    Ok(Vec::new())
}

/// Asks for the addresses of a name.
fn look_up() -> Done {
    match (text().as_str(), 80).to_socket_addrs() {
        Ok(found) => Err(format!("RESOLVED {:?}", found.collect::<Vec<_>>())),
        Err(error) => Err(format!("refused: {error}")),
    }
}
