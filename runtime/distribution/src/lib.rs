//! How adapters get onto a machine: where one comes from, who signed it, which one a project uses,
//! and where it is kept.
//!
//! The way of an adapter:
//! 1. A [`Reference`] says where it comes from. Fetching it gives a [`Package`]: its bytes, and its
//!    signature where there is one.
//! 2. Its [`Release`] is what the file says of itself: name, version, hosts, contract, and what it
//!    asks for. The crate `adapter` reads that; here it comes in as a function ([`Describe`]).
//! 3. [`Trust`] is what the user decided about keys. It checks the signature, whose trusted comment
//!    names adapter, version and digest.
//! 4. The [`Store`] keeps the file under its digest.
//! 5. The [`Lock`] of a project names the digest. [`pins`] answers which files a start may load.
//!
//! Policy:
//! - A file is only ever found under its digest, and only once all of it is on disk and was
//!   checked. What is installed goes on working, whatever a later install comes to.
//! - A digest is checked at each load, a signature when the lock or the keys changed.
//! - What an update asks for is only granted more once the user says so.
//! - Nothing here runs an adapter.

mod check;
mod date;
mod diff;
mod digest;
mod error;
mod installer;
mod key;
mod key_id;
mod lock;
mod package;
mod pin;
mod reference;
mod release;
mod signature;
mod store;
mod trust;
mod update;

pub use check::check_locked;
pub use date::Date;
pub use diff::{Difference, difference};
pub use digest::Digest;
pub use error::DistributionError;
pub use installer::{Candidate, Installer};
pub use key::{SigningKey, VerifyingKey};
pub use key_id::KeyId;
pub use lock::{LOCK_NAME, Lock, LockedAdapter};
pub use package::{Describe, Package, SIGNATURE_EXTENSION};
pub use pin::{Pin, pins, stored_pins};
pub use reference::Reference;
pub use release::Release;
pub use signature::sign;
pub use store::{Pruned, Store, StoredAdapter};
pub use trust::{SignatureState, Trust, TrustedKey};
pub use update::{Update, UpdateRules, fetch_for, fetch_update};
