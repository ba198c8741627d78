//! How adapters get onto a machine: where one comes from, who signed it, which one a project uses,
//! and where it is kept.
//!
//! The way of an adapter:
//! 1. A [`Reference`] says where it comes from: a file, a folder, a registry, or a web server, which
//!    the [`Network`] reaches. Fetching it gives a [`Package`]: its bytes, and its signatures where
//!    there are some.
//! 2. Its [`Release`] is what the file says of itself: name, version, hosts, contract, and what it
//!    asks for. The crate `adapter` reads that; here it comes in as a function ([`Describe`]).
//! 3. [`Trust`] is what the user decided about keys. It checks the signature, whose trusted comment
//!    names adapter, version and digest.
//! 4. The [`Store`] keeps the file under its digest.
//! 5. The [`Lock`] of a project names the digest. [`pins`] answers which files a start may load.
//! 6. A [`Bundle`] is what a lock names in one file, for machines without a network.
//!
//! Policy:
//! - A file is only ever found under its digest, and only once all of it is on disk and was
//!   checked. What is installed goes on working, whatever a later install comes to.
//! - A digest is checked at each load, a signature when the lock or the keys changed.
//! - What an update asks for is only granted more once the user says so.
//! - A server is only asked when the user installs something, and never at a start.
//! - Nothing here runs an adapter.

mod adapter_signature;
mod artifact;
mod bundle;
mod challenge;
mod check;
mod cosign;
mod cosign_key;
mod date;
mod diff;
mod digest;
mod download;
mod error;
mod image;
mod installer;
mod key;
mod key_id;
mod lock;
mod login;
mod loopback;
mod network;
mod network_error;
mod package;
mod pin;
mod public_key;
mod pull;
mod reference;
mod referrer;
mod registry_access;
mod registry_error;
mod registry_reader;
mod registry_user;
mod registry_writer;
mod release;
mod signature;
mod source;
mod statement;
mod store;
mod trust;
mod update;
mod web;

pub use adapter_signature::{AdapterSignature, CosignRecord};
pub use bundle::Bundle;
pub use check::check_locked;
pub use cosign_key::CosignKey;
pub use date::Date;
pub use diff::{Difference, difference};
pub use digest::Digest;
pub use error::DistributionError;
pub use image::Image;
pub use installer::{Candidate, Installer, Supply};
pub use key::{SigningKey, VerifyingKey};
pub use key_id::KeyId;
pub use lock::{LOCK_NAME, Lock, LockedAdapter};
pub use login::Login;
pub use network::{Network, SILENCE};
pub use network_error::NetworkError;
pub use package::{Describe, Package, SIGNATURE_EXTENSION, signature_beside};
pub use pin::{Pin, pins, stored_pins};
pub use public_key::PublicKey;
pub use reference::Reference;
pub use registry_writer::PushRules;
pub use release::Release;
pub use signature::sign;
pub use source::push;
pub use statement::{sign_statement, verify_statement};
pub use store::{Pruned, Store, StoredAdapter};
pub use trust::{SignatureState, Trust, TrustedKey};
pub use update::{Update, UpdateRules, fetch_for, fetch_update};
pub use web::WebAddress;
