//! The studio's side: every publish of every machine in one PostgreSQL, and a REST API for it.
//!
//! # Policy
//!
//! - **What was acknowledged is committed.** A batch is one transaction, and the answer comes after
//!   its commit.
//! - **Sending twice changes nothing.** The key of an event is its machine, its session's log and
//!   its number. Events follow each other without a gap; a batch that leaves one out is answered
//!   with the number that is wanted. Only a machine whose history has lost events may skip them,
//!   and that is kept, too.
//! - **A machine can only add its own.** Its token says which machine it is, and reads nothing.
//!   People have tokens with a [`Role`], and enter the page with a one-use code. Of tokens, codes and
//!   cookies only digests are stored.
//! - **A hub has no state.** Everything is in the database, so several hubs can serve one studio.
//!   `NOTIFY` only says that something is new; what it is, is read from the tables.
//! - **Nothing is dropped unless the studio says so**, and then whole months, and readers are told
//!   (`months`).
//! - **The runtime owes the hub nothing.** It works the same without one (`pyblish-shipping`).
//!
//! # How the parts work together
//!
//! [`Database`] holds the connections and migrates the tables (`migrations/`). [`tokens`] says who
//! somebody is, [`browsers`] whose browser it is, and `audit` keeps who did what. [`Hub`] serves the
//! API: `api` has a file for each resource, `ingest` takes batches, `sequencer` puts them into the
//! order in which listeners see them, `feed` tells listeners what is new, [`webhooks`] tells others of
//! runs that ended, and `jobs` has what was handed over to workers. `batcher` asks the database for
//! many requests at once. `page` has the page, which only uses the API. `metrics` are for scrapers.
//!
//! Only this crate names PostgreSQL.

mod api;
mod audit;
mod batcher;
pub mod browsers;
mod channel;
mod database;
mod error;
mod feed;
mod ingest;
mod jobs;
mod metrics;
mod months;
mod page;
mod query;
mod sequencer;
mod server;
pub mod tokens;
mod upkeep;
pub mod webhooks;

pub use api::openapi;
pub use database::{Database, DatabaseConfig};
pub use error::HubError;
pub use jobs::JobSettings;
pub use server::Hub;
pub use tokens::Role;
