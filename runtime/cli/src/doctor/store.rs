use std::path::Path;

use super::finding::Finding;
use crate::config::Config;
use crate::pinned::{lock_path, store};
use crate::release::describe;
use pyblish_adapter::{AdapterLimits, Limit};
use pyblish_distribution::{
    Date, DistributionError, Lock, LockedAdapter, Store, Trust, TrustedKey, check_locked,
};
use pyblish_platform::process::find_program;

const ABOUT: &str = "store";

/// The program that checks the signatures of its keys.
const COSIGN: &str = "cosign";

/// The keys that count, the lock of this folder or of the configuration, and the adapters that are
/// installed.
pub fn findings() -> Vec<Finding> {
    let Ok(config) = Config::read(None) else {
        // The mistake is a finding about the folders.
        return Vec::new();
    };
    let store = match store() {
        Ok(store) => store,
        Err(error) => return vec![refused(&error)],
    };
    let trust = config.trust();
    let mut findings: Vec<Finding> = trust.keys.iter().filter_map(|it| key(&trust, it)).collect();
    if trust.require_signature && trust.keys.is_empty() {
        findings.push(Finding::problem(
            ABOUT,
            "signatures are required, and no key is configured, so no adapter can be used",
            "add [[trust.keys]] to endpoint.toml",
        ));
    }
    if trust.keys.iter().any(|it| it.key.program() == COSIGN) && find_program(COSIGN).is_none() {
        findings.push(Finding::advice(
            ABOUT,
            "the program cosign is not on PATH, so what only a key of cosign signs cannot be \
             installed here; what is installed goes on",
            "install cosign, or sign adapters with `pyblish-endpoint adapters sign` too",
        ));
    }
    let path = lock_path(None, &config);
    let (_, must) = config.lock();
    match Lock::read(&path) {
        Ok(lock) => findings.extend(locked(&lock, &store, &trust)),
        Err(error @ DistributionError::NoLock { .. }) if must => findings.push(refused(&error)),
        Err(DistributionError::NoLock { .. }) => {}
        Err(error) => findings.push(refused(&error)),
    }
    findings.extend(installed(&store, &trust));
    findings
}

/// A key that signs nothing new, or soon.
fn key(trust: &Trust, it: &TrustedKey) -> Option<Finding> {
    let (name, id, today) = (&it.name, it.key.id(), Date::today());
    if trust.revoked_keys.contains(id) {
        return Some(Finding::ok(
            ABOUT,
            format!("the key {name} ({id}) is revoked"),
        ));
    }
    let until = it.until.filter(|until| today > *until)?;
    Some(Finding::advice(
        ABOUT,
        format!("the last day of the key {name} ({id}) was {until}"),
        "add the key that took its place to [[trust.keys]], and remove this one once nothing that \
         it signed is used",
    ))
}

fn locked(lock: &Lock, store: &Store, trust: &Trust) -> Vec<Finding> {
    let shown = lock.path().display();
    let checked = lock
        .adapters()
        .map(|entry| match check(entry, store, trust) {
            Ok(()) => {
                let (name, version) = (&entry.name, &entry.version);
                Finding::ok(ABOUT, format!("{name} {version}, of the lock {shown}"))
            }
            Err(error) => refused(&error),
        });
    checked.collect()
}

fn installed(store: &Store, trust: &Trust) -> Vec<Finding> {
    let all = match store.list() {
        Ok(all) => all,
        Err(error) => return vec![refused(&error)],
    };
    if all.is_empty() {
        return vec![Finding::ok(ABOUT, nothing(store.folder()))];
    }
    let checked = all.iter().map(|it| match check(&it.entry, store, trust) {
        Ok(()) => Finding::ok(
            ABOUT,
            format!("installed: {} {}", it.entry.name, it.entry.version),
        ),
        Err(error) => refused(&error),
    });
    checked.collect()
}

fn nothing(folder: &Path) -> String {
    format!(
        "no adapter is installed in {}, which is fine",
        folder.display()
    )
}

fn check(entry: &LockedAdapter, store: &Store, trust: &Trust) -> Result<(), DistributionError> {
    let limit = AdapterLimits::to_inspect().get(Limit::AdapterSize);
    check_locked(entry, store, trust, limit, &describe).map(drop)
}

/// The errors say what to do next.
fn refused(error: &DistributionError) -> Finding {
    Finding::problem(ABOUT, error.to_string(), "")
}
