//! The studio's side: a real PostgreSQL, real hubs and real machines.
#![cfg(unix)]

mod access;
mod entering;
mod events;
mod ingest;
mod killed;
mod machine;
mod metrics;
mod questions;
mod reads;
mod shipping;
