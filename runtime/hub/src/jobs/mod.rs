//! Jobs: publishes that were handed over, their tasks, and the workers that do them.
//!
//! # How a task is held
//!
//! `claim` gives a worker the first ready task that it may do, and raises the task's epoch. `lease`
//! renews it and ends it; both only count with that epoch, and before the lease has run out by the
//! database's clock: the clocks of machines jump. `reaper` ends the tasks whose workers are lost.
//!
//! # Locks
//!
//! A claim only locks a task, and skips those that others lock. Whoever ends or changes tasks locks
//! the row of their job first (`state`), so that two tasks that end at once see each other. That a
//! job is running is not stored, but read from its tasks, so a claim need not lock the job.

mod claim;
mod control;
mod ending;
mod key;
mod lease;
mod read;
mod reaper;
mod settings;
mod state;
mod submit;
mod workers;

pub(crate) use claim::{ClaimBatcher, claim_own, claims};
pub(crate) use control::{Changed, cancel, retry};
pub(crate) use key::public_key;
pub(crate) use lease::{finish, renew};
pub(crate) use read::{JobFilter, events, job, list, report};
pub(crate) use reaper::Reaper;
pub use settings::JobSettings;
pub(crate) use submit::{Origin, submit};
pub(crate) use workers::{list as list_workers, order};
