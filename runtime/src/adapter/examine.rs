//! What can be known of an adapter at once: neither compiled nor run, and nothing is kept. The binary is walked from
//! end to end, and what it imports and exports is held against the contract by name; where it was compiled already,
//! its types are compared, too.

use std::path::Path;

use wasmparser::{Parser, Payload, Validator, WasmFeatures};

use super::component::{WORLD, bytes, cached, fit};
use super::world::{RUNTIME, SERVICE};
use super::{AdapterError, Cache, Description, Engine, manifest};

/// What the names of the contract's interfaces begin with.
const CONTRACT: &str = "pyblish:endpoint/";

/// The contract's interface of nothing but types.
const TYPES: &str = "pyblish:endpoint/types@0.1.0";

/// What the sandbox offers beside the contract.
const WASI: [&str; 6] = ["cli", "clocks", "filesystem", "io", "random", "sockets"];

/// An adapter that nothing speaks against.
#[derive(Debug)]
pub struct Examined {
    /// What its file says of it; none where it was not sealed.
    pub manifest: Option<Description>,
    /// Whether it is compiled already, so that it starts at once.
    pub compiled: bool,
}

/// Looks at the component in this file.
///
/// # Errors
/// It cannot be read, is none or a broken one, or was made for another contract.
pub fn examine(
    engine: &Engine,
    cache: Option<&Cache>,
    path: &Path,
) -> Result<Examined, AdapterError> {
    let bytes = bytes(path)?;
    let broken = |error: wasmparser::BinaryReaderError| AdapterError::NoComponent {
        path: path.into(),
        reason: format!("it is broken: {error}"),
    };
    let mut validator = Validator::new_with_features(WasmFeatures::default());
    validator.validate_all(&bytes).map_err(broken)?;
    let names = Names::of(&bytes).map_err(broken)?;
    if let Some(reason) = names.misfit() {
        return Err(AdapterError::OtherWorld {
            path: path.into(),
            reason,
            world: WORLD,
        });
    }
    let compiled = cache.and_then(|cache| cached(engine, cache, &bytes));
    if let Some(compiled) = &compiled {
        fit(engine, compiled, path)?;
    }
    Ok(Examined {
        manifest: manifest::read(&bytes),
        compiled: compiled.is_some(),
    })
}

/// What a component imports and exports itself, not what is nested in it does.
#[derive(Debug, Default, PartialEq)]
struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Names {
    fn of(component: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut names = Names::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        names.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section {
                        names.exports.push(export?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(names)
    }

    /// What is not of this contract, in words.
    fn misfit(&self) -> Option<String> {
        if !self.exports.iter().any(|name| name == SERVICE) {
            let other = self.exports.iter().find(|name| name.starts_with(CONTRACT));
            return Some(match other {
                Some(other) => format!("it exports {other} in place of {SERVICE}"),
                None => format!("it does not export {SERVICE}"),
            });
        }
        let offered = |name: &str| match name.strip_prefix("wasi:") {
            Some(rest) => WASI.iter().any(|package| {
                let rest = rest.strip_prefix(package);
                rest.is_some_and(|rest| rest.starts_with('/'))
            }),
            None => [RUNTIME, TYPES].contains(&name),
        };
        let other = self.imports.iter().find(|name| !offered(name));
        other.map(|name| format!("it imports {name}, which is not offered"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(imports: &[&str], exports: &[&str]) -> Names {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Names {
            imports: owned(imports),
            exports: owned(exports),
        }
    }

    #[test]
    fn what_is_not_of_this_contract_is_named() {
        let wasi = "wasi:filesystem/types@0.2.6";
        assert_eq!(names(&[RUNTIME, TYPES, wasi], &[SERVICE]).misfit(), None);
        for (imports, exports, said) in [
            (
                vec![],
                vec!["pyblish:endpoint/service@0.2.0"],
                "it exports pyblish:endpoint/service@0.2.0 in place of",
            ),
            (
                vec![],
                vec!["wasi:cli/run@0.2.6"],
                "it does not export pyblish:endpoint/service@0.1.0",
            ),
            (
                vec!["pyblish:endpoint/runtime@0.2.0"],
                vec![SERVICE],
                "it imports pyblish:endpoint/runtime@0.2.0",
            ),
            (
                vec!["wasi:http/types@0.2.6"],
                vec![SERVICE],
                "it imports wasi:http/types@0.2.6, which is not offered",
            ),
            (
                vec!["studio:tools/all"],
                vec![SERVICE],
                "it imports studio:tools/all",
            ),
        ] {
            let misfit = names(&imports, &exports).misfit().unwrap();
            assert!(misfit.starts_with(said), "{misfit}");
        }
    }
}
