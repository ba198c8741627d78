//! What is free on the disks of the granted folders.
//!
//! WASI has no function for that. So an adapter that asks for the environment variable
//! `PYBLISH_ENDPOINT_DISKS` finds it there, in JSON: `{"/work": {"total": 10, "free": 5}}`, in
//! bytes. It needs no grant, because it only tells of folders that are granted. It is measured each
//! time when the adapter asks WASI for its environment. A disk that cannot be measured is left out.

use serde_json::{Map, Value, json};
use wasmtime::component::Linker;
use wasmtime::{Result, StoreContextMut};

use super::grants::DISKS;
use super::sandbox::State;
use super::temporary;
use pyblish_platform::disk::{self, DiskSpace};

/// The interface in wasmtime's version. If that changes, a test fails that asks for the space.
const ENVIRONMENT: &str = "wasi:cli/environment@0.2.12";

/// Replaces WASI's function. Call it after WASI itself is linked.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    linker.allow_shadowing(true);
    linker.instance(ENVIRONMENT)?.func_wrap(
        "get-environment",
        |store: StoreContextMut<'_, State>, (): ()| Ok((environment(store.data()),)),
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

fn environment(state: &State) -> Vec<(String, String)> {
    let mut environment = state.environment.clone();
    if state.tells_disks {
        environment.push((DISKS.to_owned(), Value::Object(disks(state)).to_string()));
    }
    environment
}

fn disks(state: &State) -> Map<String, Value> {
    let mut disks = Map::new();
    for (folder, guest) in &state.folders {
        let Ok(mut space) = disk::space(&folder.dir) else {
            continue;
        };
        if let (Some(temporary), temporary::GUEST) = (&state.temporary, guest.as_str()) {
            let (total, free) = temporary.space();
            space = DiskSpace {
                total: space.total.min(total),
                free: space.free.min(free),
            };
        }
        let space = json!({"total": space.total, "free": space.free});
        disks.insert(guest.clone(), space);
    }
    disks
}
