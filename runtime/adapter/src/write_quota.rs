//! Counts what an adapter writes into its [temporary folder](super::temporary), in the functions
//! that write.

use wasmtime::component::{Linker, Resource};
use wasmtime::{Result, StoreContextMut};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::filesystem::types::{ErrorCode, HostDescriptor, OpenFlags};
use wasmtime_wasi::p2::{DynOutputStream, FsResult};

use super::sandbox::State;
use super::temporary::BLOCK;

/// The interface in wasmtime's version. If that changes, a test fails that writes more than is
/// allowed.
const FILES: &str = "wasi:filesystem/types@0.2.12";

type Done<T> = std::result::Result<T, ErrorCode>;

/// Replaces WASI's functions with those that count. Call it after WASI itself is linked; `open-at`
/// is replaced elsewhere, and calls [`may_open`] and [`opened`].
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    linker.allow_shadowing(true);
    let mut files = linker.instance(FILES)?;
    files.func_wrap(
        "[method]descriptor.write-via-stream",
        |mut store: StoreContextMut<'_, State>, (file, offset): (Resource<Descriptor>, u64)| {
            let state = store.data_mut();
            let number = file.rep();
            let stream = state.filesystem().write_via_stream(file, offset);
            Ok((counted(state, number, stream)?,))
        },
    )?;
    files.func_wrap(
        "[method]descriptor.append-via-stream",
        |mut store: StoreContextMut<'_, State>, (file,): (Resource<Descriptor>,)| {
            let state = store.data_mut();
            let number = file.rep();
            let stream = state.filesystem().append_via_stream(file);
            Ok((counted(state, number, stream)?,))
        },
    )?;
    files.func_wrap_async(
        "[method]descriptor.write",
        |mut store: StoreContextMut<'_, State>,
         (file, bytes, offset): (Resource<Descriptor>, Vec<u8>, u64)| {
            Box::new(async move {
                let state = store.data_mut();
                if !may_take(state, file.rep(), bytes.len() as u64) {
                    return Ok((Err(ErrorCode::InsufficientSpace),));
                }
                Ok((done(state.filesystem().write(file, bytes, offset).await)?,))
            })
        },
    )?;
    files.func_wrap_async(
        "[method]descriptor.set-size",
        |mut store: StoreContextMut<'_, State>, (file, size): (Resource<Descriptor>, u64)| {
            Box::new(async move {
                let state = store.data_mut();
                let known = match state.table.get(&file)? {
                    Descriptor::File(open) => open.file.metadata().map_or(0, |known| known.len()),
                    Descriptor::Dir(_) => size,
                };
                if size > known && !may_take(state, file.rep(), size - known) {
                    return Ok((Err(ErrorCode::InsufficientSpace),));
                }
                Ok((done(state.filesystem().set_size(file, size).await)?,))
            })
        },
    )?;
    files.func_wrap_async(
        "[method]descriptor.create-directory-at",
        |mut store: StoreContextMut<'_, State>, (folder, path): (Resource<Descriptor>, String)| {
            Box::new(async move {
                let state = store.data_mut();
                if !may_take(state, folder.rep(), BLOCK) {
                    return Ok((Err(ErrorCode::InsufficientSpace),));
                }
                let made = state.filesystem().create_directory_at(folder, path).await;
                Ok((done(made)?,))
            })
        },
    )?;
    files.func_wrap_async(
        "[method]descriptor.symlink-at",
        |mut store: StoreContextMut<'_, State>,
         (folder, old, new): (Resource<Descriptor>, String, String)| {
            Box::new(async move {
                let state = store.data_mut();
                if !may_take(state, folder.rep(), BLOCK) {
                    return Ok((Err(ErrorCode::InsufficientSpace),));
                }
                let made = state.filesystem().symlink_at(folder, old, new).await;
                Ok((done(made)?,))
            })
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Whether `open-at` may open something in this folder, or make a file there.
pub(crate) fn may_open(state: &State, folder: u32, flags: OpenFlags) -> bool {
    !flags.contains(OpenFlags::CREATE) || may_take(state, folder, BLOCK)
}

/// `open-at` has opened something in this folder.
pub(crate) fn opened(
    state: &mut State,
    folder: u32,
    new: &Resource<Descriptor>,
) -> wasmtime::Result<()> {
    let Some(temporary) = &mut state.temporary else {
        return Ok(());
    };
    let is_inside = temporary.is_inside(folder);
    temporary.handed(new.rep(), is_inside);
    if is_inside && let Descriptor::File(file) = state.table.get(new)? {
        temporary.opened(file);
    }
    Ok(())
}

/// Whether this is the temporary folder, or something in it.
pub(crate) fn is_inside(state: &State, descriptor: u32) -> bool {
    let temporary = state.temporary.as_ref();
    temporary.is_some_and(|temporary| temporary.is_inside(descriptor))
}

/// Whether so much may be written to this file, or in this folder. It is taken, then.
pub(crate) fn may_take(state: &State, descriptor: u32, bytes: u64) -> bool {
    match &state.temporary {
        Some(temporary) if temporary.is_inside(descriptor) => temporary.take(bytes),
        _ => true,
    }
}

/// A stream to this descriptor, counted if that is a temporary file.
fn counted(
    state: &mut State,
    descriptor: u32,
    stream: FsResult<Resource<DynOutputStream>>,
) -> Result<Done<Resource<DynOutputStream>>> {
    let stream = match done(stream)? {
        Ok(stream) => stream,
        Err(error) => return Ok(Err(error)),
    };
    match &state.temporary {
        Some(temporary) if temporary.is_inside(descriptor) => {
            let counted = temporary.counted(state.table.delete(stream)?);
            Ok(Ok(state.table.push(counted)?))
        }
        _ => Ok(Ok(stream)),
    }
}

fn done<T>(done: FsResult<T>) -> Result<Done<T>> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}
