//! Whether a component fits the world that this runtime offers, found out from its types, without
//! running it.
//!
//! A linker matches names and some versions. It compares types only when it instantiates, and then
//! code of the component runs already. Here every type of each function is written as a line,
//! `path: type`, and compared with `world.txt`, which a test keeps equal to the contract in `wit/`.

use std::collections::BTreeMap;

use wasmtime::component::Component;
use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem, Type};

use super::{Engine, contract};

/// The lines of the contract's interfaces, each behind the name of its interface.
const WORLD: &str = include_str!("world.txt");

/// How many types are written down. The contract has some hundreds; a type that holds another
/// twice, which holds another twice, and so on, is as large as its author likes.
const MOST: usize = 10_000;

/// What separates a path from the type there.
const IS: &str = ": ";

/// Types by their paths.
type Lines = BTreeMap<String, String>;

/// What this component has of the world's interfaces, as `world.txt` says it.
pub(crate) fn lines(engine: &Engine, component: &Component) -> Vec<String> {
    let lines = found(engine, component).into_iter();
    lines
        .map(|(path, kind)| format!("{path}{IS}{kind}"))
        .collect()
}

/// Why the component does not fit, if it does not.
pub(crate) fn misfit(engine: &Engine, component: &Component) -> Option<String> {
    let kind = component.component_type();
    let exports: Vec<&str> = kind
        .exports(engine.wasmtime())
        .map(|(name, _)| name)
        .collect();
    if !exports.iter().any(|name| contract::is_service(name)) {
        return Some(contract::missing_service(&exports));
    }
    let expected: Lines = WORLD
        .lines()
        .filter_map(|line| line.split_once(IS))
        .map(|(path, kind)| (path.to_owned(), kind.to_owned()))
        .collect();
    let found = found(engine, component);
    if found.len() >= MOST {
        return Some(format!("its interfaces have more than {MOST} types"));
    }
    for (path, kind) in &found {
        match expected.get(path) {
            Some(expected) if expected == kind => {}
            Some(expected) => return Some(format!("{path} must be {expected}, and is {kind}")),
            None => return Some(format!("this runtime does not know {path}")),
        }
    }
    // An adapter need not import all that it may.
    let mut missing = expected.iter();
    let missing =
        missing.find(|(path, _)| path.starts_with(contract::SERVICE) && !found.contains_key(*path));
    missing.map(|(path, kind)| format!("{path} is missing, which must be {kind}"))
}

fn found(engine: &Engine, component: &Component) -> Lines {
    let mut lines = Lines::new();
    let kind = component.component_type();
    let engine = engine.wasmtime();
    let of_ours = kind
        .exports(engine)
        .chain(kind.imports(engine))
        .filter(|(name, _)| contract::is_own(name));
    for (name, item) in of_ours {
        if let ComponentItem::ComponentInstance(instance) = item.ty {
            interface(name, &instance, engine, &mut lines);
        }
    }
    lines
}

fn interface(
    name: &str,
    instance: &ComponentInstance,
    engine: &wasmtime::Engine,
    lines: &mut Lines,
) {
    for (function, item) in instance.exports(engine) {
        // What else is in it are names of types, which are written down where they are used.
        if let ComponentItem::ComponentFunc(kind) = item.ty {
            function_lines(&format!("{name} {function}"), &kind, lines);
        }
    }
}

fn function_lines(path: &str, function: &ComponentFunc, lines: &mut Lines) {
    let names: Vec<&str> = function.params().map(|(name, _)| name).collect();
    lines.insert(path.to_owned(), format!("func({})", names.join(", ")));
    for (name, kind) in function.params() {
        type_lines(&format!("{path} {name}"), &kind, lines);
    }
    for kind in function.results() {
        type_lines(&format!("{path} ->"), &kind, lines);
    }
}

/// Writes down a type, and below it those that it consists of.
fn type_lines(path: &str, kind: &Type, lines: &mut Lines) {
    if lines.len() >= MOST {
        return;
    }
    let (what, parts): (String, Vec<(String, Type)>) = match kind {
        Type::List(list) => ("list".into(), vec![("[]".into(), list.ty())]),
        Type::Option(option) => ("option".into(), vec![("?".into(), option.ty())]),
        Type::Result(result) => {
            let ok = result.ok().map(|kind| (".ok".to_owned(), kind));
            let err = result.err().map(|kind| (".err".to_owned(), kind));
            ("result".into(), ok.into_iter().chain(err).collect())
        }
        Type::Record(record) => {
            let fields = record.fields();
            let fields: Vec<_> = fields.map(|f| (f.name.to_owned(), f.ty)).collect();
            named(
                "record",
                fields.into_iter().map(|(name, kind)| (name, Some(kind))),
            )
        }
        Type::Variant(variant) => {
            let cases = variant.cases();
            let cases: Vec<_> = cases.map(|case| (case.name.to_owned(), case.ty)).collect();
            named("variant", cases.into_iter())
        }
        Type::Tuple(tuple) => {
            let types: Vec<Type> = tuple.types().collect();
            let numbered = types.into_iter().enumerate();
            named(
                "tuple",
                numbered.map(|(n, kind)| (n.to_string(), Some(kind))),
            )
        }
        Type::Enum(names) => (words("enum", names.names()), Vec::new()),
        Type::Flags(names) => (words("flags", names.names()), Vec::new()),
        Type::Own(_) => ("own".into(), Vec::new()),
        Type::Borrow(_) => ("borrow".into(), Vec::new()),
        simple => (format!("{simple:?}").to_lowercase(), Vec::new()),
    };
    lines.insert(path.to_owned(), what);
    for (part, kind) in parts {
        type_lines(&format!("{path}{part}"), &kind, lines);
    }
}

fn words<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> String {
    format!("{what}({})", names.collect::<Vec<_>>().join(", "))
}

/// A type that consists of others with names.
fn named(
    what: &str,
    parts: impl Iterator<Item = (String, Option<Type>)>,
) -> (String, Vec<(String, Type)>) {
    let parts: Vec<_> = parts.collect();
    let names = words(what, parts.iter().map(|(name, _)| name.as_str()));
    let parts = parts.into_iter();
    let parts = parts.filter_map(|(name, kind)| Some((format!(".{name}"), kind?)));
    (names, parts.collect())
}
