//! The functions that hand out what was granted, in the place of wasmtime's: folders that are open
//! already, and names that are looked up by [`Connections`](super::connections::Connections).

use std::net::IpAddr;
use std::vec;

use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime::{Result, StoreContextMut};
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use super::connections::LookupError;
use super::sandbox::State;
use super::temporary;

/// The interfaces in wasmtime's version. If that changes, a test fails that uses both.
const FOLDERS: &str = "wasi:filesystem/preopens@0.2.12";
const NAMES: &str = "wasi:sockets/ip-name-lookup@0.2.12";

/// The addresses of a name, all known before the adapter gets the first.
struct AddressStream(vec::IntoIter<IpAddr>);

#[wasmtime_wasi::async_trait]
impl Pollable for AddressStream {
    async fn ready(&mut self) {}
}

type Begun = std::result::Result<Resource<AddressStream>, ErrorCode>;
type Next = std::result::Result<Option<IpAddress>, ErrorCode>;

/// Replaces what a process has with what was granted. Call it after WASI itself is linked.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    linker.allow_shadowing(true);
    linker.instance(FOLDERS)?.func_wrap(
        "get-directories",
        |mut store: StoreContextMut<'_, State>, (): ()| Ok((folders(store.data_mut())?,)),
    )?;
    let mut names = linker.instance(NAMES)?;
    names.resource(
        "resolve-address-stream",
        ResourceType::host::<AddressStream>(),
        |mut store, stream| {
            let stream = Resource::<AddressStream>::new_own(stream);
            store.data_mut().table.delete(stream)?;
            Ok(())
        },
    )?;
    names.func_wrap_async(
        "resolve-addresses",
        |mut store: StoreContextMut<'_, State>, (network, name): (Resource<Network>, String)| {
            Box::new(async move { Ok((look_up(store.data_mut(), &network, &name).await?,)) })
        },
    )?;
    names.func_wrap(
        "[method]resolve-address-stream.resolve-next-address",
        |mut store: StoreContextMut<'_, State>, (stream,): (Resource<AddressStream>,)| {
            let found = store.data_mut().table.get_mut(&stream)?;
            let next: Next = Ok(found.0.next().map(Into::into));
            Ok((next,))
        },
    )?;
    names.func_wrap(
        "[method]resolve-address-stream.subscribe",
        |mut store: StoreContextMut<'_, State>, (stream,): (Resource<AddressStream>,)| {
            let ready: Resource<DynPollable> = subscribe(&mut store.data_mut().table, stream)?;
            Ok((ready,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The folders, by their paths inside the sandbox.
fn folders(state: &mut State) -> Result<Vec<(Resource<Descriptor>, String)>> {
    let mut handed = Vec::new();
    for (folder, guest) in &state.folders {
        let folder = state.table.push(Descriptor::Dir(folder.clone()))?;
        if let Some(temporary) = &mut state.temporary {
            temporary.handed(folder.rep(), guest == temporary::GUEST);
        }
        handed.push((folder, guest.clone()));
    }
    Ok(handed)
}

async fn look_up(state: &mut State, network: &Resource<Network>, name: &str) -> Result<Begun> {
    state.table.get(network)?;
    let found = state.reach.look_up(name).await;
    let refused = match found {
        Ok(found) => return Ok(Ok(state.table.push(AddressStream(found.into_iter()))?)),
        Err(error) => error,
    };
    Ok(Err(match refused {
        LookupError::NotGranted | LookupError::Elsewhere(_) => ErrorCode::AccessDenied,
        LookupError::Unknown(reason) => {
            tracing::debug!("{name} is not found: {reason}");
            ErrorCode::NameUnresolvable
        }
    }))
}
