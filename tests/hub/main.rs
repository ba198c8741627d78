//! The studio's side: a real PostgreSQL, real hubs and real machines.
#![cfg(unix)]

mod access;
mod events;
mod ingest;
mod killed;
mod machine;
mod reads;
mod receiver;
mod run_batch;
mod shipping;
mod webhook_addresses;
mod webhooks;
