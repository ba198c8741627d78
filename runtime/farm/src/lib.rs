//! Publishes that are handed over to a farm: what a job is, how workers hold one, and how a farm
//! starts them.
//!
//! # Policy
//!
//! - **The hub has the state.** A job and its tasks are rows of its database; a farm only starts a
//!   command. Everything here is what both sides say to each other ([`wire`]), and what a client
//!   and a worker do with it.
//! - **A worker holds a task by a lease.** Each claim has a higher epoch than the one before. What
//!   carries an older epoch is refused by the hub, so a worker that lost its lease can finish
//!   nothing. [`Lease`] renews on a thread of its own, whatever the plug-ins do, and gives the task
//!   up by itself when the hub was silent for as long as the lease.
//! - **A job has no path of a machine.** Folders and scenes are named by a storage and a path in it
//!   ([`StoragePath`]); each machine says in its own configuration where a storage is
//!   ([`Storages`]). Environment variables are named, and never carried.
//! - **A worker only does what it may.** The hub signs each job ([`signature`]); the worker names
//!   the adapters and hosts that it takes ([`AllowList`]), and checks the digests of what was
//!   handed over ([`Content`]).
//! - **At least once.** A task whose worker is lost is done again. Integration is made once by the
//!   integrator, which gets the run, the epoch and the attempt ([`RunIdentity`]).

mod allow_list;
mod client;
mod content;
mod failure;
mod job;
mod lease;
mod scene_copy;
pub mod signature;
mod storage;
mod submitter;
mod submitters;
pub mod wire;

pub use allow_list::AllowList;
pub use client::{HubAccess, JobsClient, JobsError};
pub use content::{Content, ContentError, ContentKind, file_digest};
pub use failure::FailureKind;
pub use job::{
    AdapterRef, DataChoice, Demanded, HostScene, JobDocument, JobFolder, JobPlace, JobSpec,
    PluginChoice, RunIdentity, SpecError, TaskKind, TaskSpec,
};
pub use lease::{Lease, LeaseState};
pub use scene_copy::copy_scene;
pub use storage::{StorageError, StoragePath, Storages};
pub use submitter::{SubmitError, Submitted, Submitter};
pub use submitters::{CommandSubmitter, HereSubmitter, OpenJdSubmitter, PullSubmitter};
