//! Compiling an adapter, or taking its code from the cache.
//!
//! An adapter's author decides how much time and memory compiling takes: eighty kilobytes can take
//! a minute. So the program compiles in a child process of its own binary, which has a limit of
//! memory and is killed when its time is over. The component goes to the child through a pipe, so
//! what was read once is what is compiled. The code comes back through another pipe, which nobody
//! else holds: native code is trusted from this child and from the cache only. One adapter is
//! compiled at a time.
//!
//! A program that uses this library has no such binary: there [`Engine::new`] compiles in the
//! process itself.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::PoisonError;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use wasmtime::component::Component;

use super::limits::Limit;
use super::{AdapterError, Cache, Engine, engine};
use pyblish_platform::process;

/// The command of the program that compiles: it reads a component from stdin, and writes its code
/// to stdout and errors to stderr.
pub const COMMAND: &str = "compile-adapter";

/// The exit code of the child when its input is no component that can be compiled.
const INVALID: u8 = 3;

/// The exit code of the child when its time is over and the parent has not killed it.
const TOO_LATE: i32 = 4;

/// The most bytes of compiled code: thirty times as many as a Python inside an adapter has.
const LARGEST_CODE: u64 = 1 << 30;

/// The most bytes that are read from the child's stderr.
const LARGEST_WORDS: u64 = 16 << 10;

/// How often the log says that something is still being compiled.
const EVERY: Duration = Duration::from_secs(10);

/// The component, compiled now or before. Takes a tenth of a second to minutes.
pub(super) fn compile(
    engine: &Engine,
    cache: Option<&Cache>,
    bytes: &[u8],
    path: &Path,
) -> Result<Component, AdapterError> {
    if let Some(component) = known(engine, cache, bytes) {
        return Ok(component);
    }
    let _turn = engine.compiler().turn.lock();
    let _turn = _turn.unwrap_or_else(PoisonError::into_inner);
    // The one before may have compiled this very adapter.
    if let Some(component) = known(engine, cache, bytes) {
        return Ok(component);
    }
    tracing::info!("compiling {}, once for this machine", path.display());
    let started = Instant::now();
    let (component, code) = match &engine.compiler().program {
        Some(program) => in_child(engine, program, bytes, path)?,
        None => here(engine, bytes, path)?,
    };
    tracing::info!("compiled {} in {:.1?}", path.display(), started.elapsed());
    if let Some(cache) = cache {
        cache.put(engine.wasmtime(), bytes, &code);
    }
    Ok(component)
}

/// The component as it was compiled before, if it was. Notes that it is still used.
pub(super) fn known(engine: &Engine, cache: Option<&Cache>, bytes: &[u8]) -> Option<Component> {
    let cache = cache?;
    let component = cached(engine, cache, bytes)?;
    cache.used(engine.wasmtime(), bytes);
    Some(component)
}

/// The component as it was compiled before, if it was.
pub(super) fn cached(engine: &Engine, cache: &Cache, bytes: &[u8]) -> Option<Component> {
    let entry = cache.get(engine.wasmtime(), bytes)?;
    // SAFETY: the cache answers only with a file that this user's runtime wrote for this component
    // and engine, by a MAC under a key that nobody else can read, in a folder in which nobody else
    // can write.
    #[expect(unsafe_code, reason = "wasmtime cannot check compiled code")]
    let mapped = unsafe { Component::deserialize_file(engine.wasmtime(), entry.path()) };
    let loaded = mapped.or_else(|error| {
        // Some systems map no code from some disks. In memory, each session has its own copy.
        let code = entry.read()?;
        // SAFETY: the same file.
        #[expect(unsafe_code, reason = "wasmtime cannot check compiled code")]
        let component = unsafe { Component::deserialize(engine.wasmtime(), &code) }?;
        tracing::info!(
            "the cached code was read into memory, because it cannot be mapped: {error:#}"
        );
        Ok::<_, wasmtime::Error>(component)
    });
    let failed = |error: &_| {
        tracing::warn!("compiling again, because the cached code does not load: {error:#}");
    };
    loaded.inspect_err(failed).ok()
}

fn invalid(path: &Path, reason: String) -> AdapterError {
    AdapterError::NoComponent {
        path: path.into(),
        reason,
    }
}

fn here(engine: &Engine, bytes: &[u8], path: &Path) -> Result<(Component, Vec<u8>), AdapterError> {
    let component = Component::from_binary(engine.wasmtime(), bytes);
    let component = component.map_err(|error| invalid(path, format!("{error:#}")))?;
    let code = component.serialize();
    let code = code.map_err(|error| AdapterError::Engine(format!("{error:#}")))?;
    Ok((component, code))
}

fn in_child(
    engine: &Engine,
    program: &Path,
    bytes: &[u8],
    path: &Path,
) -> Result<(Component, Vec<u8>), AdapterError> {
    let limits = &engine.compiler().limits;
    let failed = |reason: String| AdapterError::NotCompiled {
        path: path.into(),
        reason,
    };
    let time = Duration::from_secs(limits.get(Limit::CompileTime));
    let memory = limits.get(Limit::CompileMemory);
    let child = start(program, memory, time);
    let child = child.map_err(|error| failed(format!("no process starts for it: {error}")))?;
    let ended = talk(child, bytes, path, time);
    let ended = ended.map_err(|error| failed(format!("its process is lost: {error}")))?;
    let over = |limit| AdapterError::CompileLimit {
        path: path.into(),
        limit: limits.said(limit),
    };
    let code = match ended {
        Ended::Done(code) => code,
        Ended::TooLate => return Err(over(Limit::CompileTime)),
        Ended::TooLarge => {
            let mebibytes = LARGEST_CODE >> 20;
            return Err(failed(format!("its code has more than {mebibytes} MiB")));
        }
        Ended::Failed(status, words) => match status.code() {
            Some(code) if code == i32::from(INVALID) => return Err(invalid(path, words)),
            Some(TOO_LATE) => return Err(over(Limit::CompileTime)),
            _ if wanted_memory(&words) => return Err(over(Limit::CompileMemory)),
            _ => return Err(failed(format!("its process ended with {status}: {words}"))),
        },
    };
    // SAFETY: the child that we have just started from our own binary wrote this. It is complete,
    // because the child succeeded, and it came through a pipe that nobody else holds.
    #[expect(unsafe_code, reason = "wasmtime cannot check compiled code")]
    let component = unsafe { Component::deserialize(engine.wasmtime(), &code) };
    let component = component.map_err(|error| failed(format!("its code does not load: {error:#}")));
    Ok((component?, code))
}

fn start(program: &Path, memory: u64, time: Duration) -> io::Result<Child> {
    let mut command = Command::new(program);
    command
        // What the allocator reserves at once counts as used: a gigabyte, by default. In KiB.
        .env("MIMALLOC_ARENA_RESERVE", "65536")
        // Users read what it prints last.
        .env("RUST_BACKTRACE", "0")
        .arg(COMMAND)
        .args(["--memory", &memory.to_string()])
        .args(["--seconds", &time.as_secs().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn()
}

/// How a child ended.
enum Ended {
    Done(Vec<u8>),
    TooLate,
    TooLarge,
    Failed(ExitStatus, String),
}

/// Gives the child its component, and takes the code; kills it when its time is over.
fn talk(mut child: Child, bytes: &[u8], path: &Path, time: Duration) -> io::Result<Ended> {
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let started = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            // A child that ended early says why on stderr.
            let _ = input.map(|mut input| input.write_all(bytes));
        });
        let words = scope.spawn(move || read(errors, LARGEST_WORDS));
        let (tell, told) = mpsc::channel();
        scope.spawn(move || {
            // Nobody listens any more once its time is over.
            let _ = tell.send(read(output, LARGEST_CODE + 1));
        });
        let code = loop {
            let left = time.saturating_sub(started.elapsed());
            match told.recv_timeout(left.min(EVERY)) {
                Ok(code) => break Some(code),
                Err(RecvTimeoutError::Timeout) if started.elapsed() < time => tracing::info!(
                    "still compiling {}, for {} of at most {} s",
                    path.display(),
                    started.elapsed().as_secs(),
                    time.as_secs()
                ),
                Err(_) => break None,
            }
        };
        let is_too_large = matches!(&code, Some(Ok(code)) if code.len() as u64 > LARGEST_CODE);
        if is_too_large || !matches!(code, Some(Ok(_))) {
            // It may have ended by now.
            let _ = child.kill();
        }
        let status = child.wait()?;
        let words = words.join().unwrap_or(Ok(Vec::new()))?;
        let words = String::from_utf8_lossy(&words).trim().to_owned();
        Ok(match code {
            None => Ended::TooLate,
            Some(Ok(_)) if is_too_large => Ended::TooLarge,
            Some(Ok(code)) if status.success() => Ended::Done(code),
            Some(_) => Ended::Failed(status, words),
        })
    })
}

fn read(from: Option<impl Read>, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Whether these are the last words of a process that got no more memory.
fn wanted_memory(words: &str) -> bool {
    let known = [
        "memory allocation of",
        "unable to allocate",
        "annot allocate memory",
        "out of memory",
        "failed to spawn thread",
    ];
    known.iter().any(|part| words.contains(part))
}

/// What the child does: compiles the component on stdin to stdout, within these limits. Answers the
/// exit code.
///
/// # Errors
/// It cannot be limited, or what it was given cannot be read.
pub fn compile_for_parent(memory: u64, time: Duration) -> io::Result<u8> {
    thread::Builder::new().spawn(move || {
        thread::sleep(time);
        std::process::exit(TOO_LATE);
    })?;
    process::limit_memory(memory)?;
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    let compiled = wasmtime::Engine::new(&engine::config())
        .and_then(|engine| engine.precompile_component(&bytes));
    match compiled {
        Ok(code) => {
            let mut output = io::stdout().lock();
            output.write_all(&code)?;
            output.flush()?;
            Ok(0)
        }
        Err(error) => {
            // The parent reads it.
            eprint!("{error:#}");
            Ok(INVALID)
        }
    }
}
