//! Deeds that have the runtime copy what the adapter itself may not reach. A descriptor is what the
//! adapter was granted, or a folder beneath it.

use bare_adapter::files::{self, CopyError, CopyOptions, FileCopy};
use bare_adapter::filesystem::preopens::get_directories;
use bare_adapter::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};
use bare_adapter::work::Call;

use crate::answer::{Attempt, Done, healthy, record, tried};

/// Between two folders: the paths of the folders, and of the files beneath them.
type Copy<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// Copies to a folder that it may only read.
pub fn read_only(call: &Call) -> Done {
    refused(
        call,
        &[
            ("whole", ("/work", "/input", &[("own", "evil")])),
            ("inner", ("/work", "/input/inner", &[("own", "evil")])),
        ],
    )
}

/// Copies with paths that lead upwards.
pub fn upwards(call: &Call) -> Done {
    refused(
        call,
        &[
            (
                "source",
                ("/work", "/work", &[("../outside/secret", "mine")]),
            ),
            ("target", ("/work", "/work", &[("own", "../outside/evil")])),
            (
                "deep",
                ("/work", "/work", &[("own", "inner/../../outside/evil")]),
            ),
            ("absolute", ("/work", "/work", &[("own", "/outside/evil")])),
            (
                "absolute source",
                ("/work", "/work", &[("/etc/passwd", "mine")]),
            ),
            ("empty", ("/work", "/work", &[("own", "")])),
        ],
    )
}

/// Copies through links that lead out, as in `folders::links`.
pub fn links(call: &Call) -> Done {
    refused(
        call,
        &[
            ("file", ("/work", "/work", &[("secret", "mine")])),
            ("folder", ("/work", "/work", &[("out/secret", "mine")])),
            ("into", ("/work", "/work", &[("own", "out/evil")])),
            ("dangling", ("/work", "/work", &[("own", "dangling")])),
        ],
    )
}

/// Copies to files that exist.
pub fn over(call: &Call) -> Done {
    refused(
        call,
        &[
            ("other", ("/input", "/work", &[("file", "own")])),
            ("itself", ("/work", "/work", &[("own", "own")])),
            ("folder", ("/work", "/work", &[("own", "inner")])),
            (
                "twice",
                ("/work", "/work", &[("own", "mine"), ("own", "mine")]),
            ),
        ],
    )
}

/// Copies several files, of which one is not there.
pub fn half(call: &Call) -> Done {
    let files: &[_] = &[("own", "mine"), ("nothing", "more"), ("own", "third")];
    refused(call, &[("half", ("/work", "/work", files))])
}

/// Copies what is no file: a folder, and a pipe that nobody writes to.
pub fn special(call: &Call) -> Done {
    refused(
        call,
        &[
            ("folder", ("/work", "/work", &[("inner", "mine")])),
            ("pipe", ("/work", "/work", &[("pipe", "mine")])),
        ],
    )
}

/// Looks at what lies outside of the folder, and at its own file last, which it may.
pub fn stat_outside(call: &Call) -> Done {
    let paths = [
        "../outside/secret",
        "/etc/passwd",
        "secret",
        "out/secret",
        "own",
    ];
    let paths = paths.map(str::to_owned);
    let found = files::stat(&opened("/work")?, &paths);
    let words = paths.iter().zip(found).map(|(path, found)| match found {
        Ok(found) => format!("{path}: {} bytes", found.size),
        Err(code) => format!("{path}: {}", code.name()),
    });
    let words: Vec<String> = words.collect();
    call.log(&record(words.join("; ")));
    Ok(healthy())
}

/// Tries each of these copies, all of which must be refused.
fn refused(call: &Call, copies: &[(&str, Copy<'_>)]) -> Done {
    let attempts = copies.iter().map(|(name, copy)| {
        let attempt: Box<dyn Fn() -> Result<(), String>> = Box::new(|| attempt(call, copy));
        (*name, attempt)
    });
    let attempts: Vec<_> = attempts.collect();
    let attempts = attempts.iter().map(|(name, attempt)| (*name, &**attempt));
    let attempts: Vec<Attempt<'_, String>> = attempts.collect();
    tried(call, &attempts)
}

/// Has the runtime copy. The error is its answer: code, file, side, reason.
fn attempt(call: &Call, (source, target, paths): &Copy<'_>) -> Result<(), String> {
    let copied = copy(call, source, target, paths)?;
    copied.map_err(|error| {
        let CopyError {
            code,
            index,
            side,
            reason,
        } = error;
        format!("{code:?} of {side:?} {index} {reason}")
    })
}

fn copy(
    call: &Call,
    source: &str,
    target: &str,
    paths: &[(&str, &str)],
) -> Result<Result<(), CopyError>, String> {
    let files: Vec<FileCopy> = paths
        .iter()
        .map(|(source, target)| FileCopy {
            source: (*source).into(),
            target: (*target).into(),
        })
        .collect();
    let options = CopyOptions {
        verify: false,
        progress: None,
    };
    let (source, target) = (opened(source)?, opened(target)?);
    Ok(files::copy(call, &source, &target, &files, options).map(drop))
}

/// The descriptor of a granted folder, or of a folder beneath one.
fn opened(path: &str) -> Result<Descriptor, String> {
    for (folder, name) in get_directories() {
        let Some(rest) = path.strip_prefix(&name) else {
            continue;
        };
        if rest.is_empty() {
            return Ok(folder);
        }
        let inner = folder.open_at(
            PathFlags::empty(),
            rest.trim_start_matches('/'),
            OpenFlags::DIRECTORY,
            DescriptorFlags::READ,
        );
        return inner.map_err(|error| format!("{path} cannot be opened: {error:?}"));
    }
    Err(format!("{path} is not granted"))
}
