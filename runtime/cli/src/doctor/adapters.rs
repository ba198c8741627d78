use std::path::PathBuf;

use super::finding::Finding;
use pyblish_adapter::{AdapterError, Cache, Catalog, CatalogEntry, Engine, examine};

const ABOUT: &str = "adapters";

/// The folders that are searched for adapters, and each adapter in them.
pub fn findings(engine: &Engine, chosen: Option<PathBuf>) -> Vec<Finding> {
    let catalog = Catalog::of_process(chosen.clone());
    let cache = Cache::there();
    let mut findings = Vec::new();
    for folder in catalog.folders() {
        let shown = folder.display();
        match folder.read_dir() {
            Ok(_) => findings.push(Finding::ok(ABOUT, format!("searched in {shown}"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                findings.push(absent(folder, chosen.as_ref() == Some(folder)));
            }
            Err(error) => findings.push(Finding::problem(
                ABOUT,
                format!("the folder {shown} cannot be read ({error})"),
                "make it a folder that you may read",
            )),
        }
    }
    let all = catalog.all();
    if all.is_empty() {
        findings.push(Finding::advice(
            ABOUT,
            "no adapter is installed",
            "put .wasm files into one of these folders, or name a file with --adapter; \
             `pyblish-endpoint new` creates a project for one",
        ));
    }
    for (place, found) in all.iter().enumerate() {
        let first = all[..place].iter().find(|other| other.name == found.name);
        findings.push(match first {
            Some(first) => Finding::advice(
                ABOUT,
                format!(
                    "{} is never found by its name, because {} is found first",
                    found.path.display(),
                    first.path.display()
                ),
                "remove one of them",
            ),
            None => adapter(engine, cache.as_ref(), found),
        });
    }
    findings
}

/// A missing folder: the user's own folder is optional, one that was named should exist.
fn absent(folder: &std::path::Path, chosen: bool) -> Finding {
    let said = format!("searched in {}, which does not exist", folder.display());
    let named = std::env::var_os("PYBLISH_ENDPOINT_ADAPTERS").unwrap_or_default();
    let named = std::env::split_paths(&named).any(|named| named == folder);
    match named || chosen {
        true => Finding::problem(ABOUT, said, "create it, or name another"),
        false => Finding::ok(ABOUT, said),
    }
}

fn adapter(engine: &Engine, cache: Option<&Cache>, found: &CatalogEntry) -> Finding {
    let path = found.path.display();
    let examined = match examine(engine, cache, &found.path) {
        Ok(examined) => examined,
        Err(error) => return refused(&error),
    };
    match &examined.manifest {
        None => Finding::advice(
            ABOUT,
            format!("{path} is not sealed, so it does not say which host it is for"),
            format!("if you built it, run `pyblish-endpoint adapters seal {path}`"),
        ),
        Some(manifest) => {
            let first = match examined.compiled {
                true => "",
                false => "; it is compiled when it first starts",
            };
            let (name, version) = (&manifest.name, &manifest.version);
            Finding::ok(ABOUT, format!("{name} {version} in {path}{first}"))
        }
    }
}

/// The errors of adapters say what to do next.
fn refused(error: &AdapterError) -> Finding {
    Finding::problem(ABOUT, error.to_string(), "")
}
