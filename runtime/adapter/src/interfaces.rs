//! The names of the interfaces that a component imports and exports, and whether they are of this
//! contract. Only the binary is read for that; the types are compared in `world`, once there is
//! compiled code.

use wasmparser::{Parser, Payload};

use super::contract;

/// The names of what a component imports and exports itself; components nested in it do not count.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Interfaces {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

impl Interfaces {
    pub(crate) fn of(component: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut interfaces = Interfaces::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        interfaces.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section {
                        interfaces.exports.push(export?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(interfaces)
    }

    /// The version of the contract that it was built for.
    pub(crate) fn contract(&self) -> Option<&str> {
        let service = self.exports.iter().find(|name| contract::is_service(name));
        Some(service?.split_once('@')?.1)
    }

    /// Why the component does not fit this contract, if it does not.
    pub(crate) fn misfit(&self) -> Option<String> {
        if !self.exports.iter().any(|name| contract::is_service(name)) {
            let exports: Vec<&str> = self.exports.iter().map(String::as_str).collect();
            return Some(contract::missing_service(&exports));
        }
        let mut imports = self.imports.iter();
        let other = imports.find(|name| !contract::is_offered(name));
        other.map(|name| format!("it imports {name}, which is not offered"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interfaces(imports: &[&str], exports: &[&str]) -> Interfaces {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Interfaces {
            imports: owned(imports),
            exports: owned(exports),
        }
    }

    #[test]
    fn unknown_interface_is_named() {
        let (service, work) = (
            "pyblish:endpoint/service@0.2.0",
            "pyblish:endpoint/work@0.2.0",
        );
        let wasi = "wasi:filesystem/types@0.2.6";
        assert_eq!(interfaces(&[work, wasi], &[service]).misfit(), None);
        for (imports, exports, said) in [
            (
                vec![],
                vec!["pyblish:endpoint/service@0.1.0"],
                "it exports pyblish:endpoint/service@0.1.0 in place of",
            ),
            (
                vec![],
                vec!["wasi:cli/run@0.2.6"],
                "it does not export pyblish:endpoint/service@0.2.0; it exports wasi:cli/run@0.2.6",
            ),
            (
                vec![],
                vec![],
                "it does not export pyblish:endpoint/service@0.2.0, or anything",
            ),
            (
                vec!["pyblish:endpoint/work@0.3.0"],
                vec![service],
                "it imports pyblish:endpoint/work@0.3.0",
            ),
            (
                vec!["wasi:http/types@0.2.6"],
                vec![service],
                "it imports wasi:http/types@0.2.6, which is not offered",
            ),
        ] {
            let misfit = interfaces(&imports, &exports).misfit().unwrap();
            assert!(misfit.starts_with(said), "{misfit}");
        }
    }
}
