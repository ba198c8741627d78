//! The studio's side: a real PostgreSQL, real hubs and real machines.
#![cfg(unix)]

mod access;
mod changes;
mod database;
mod entering;
mod events;
mod ingest;
mod killed;
mod machine;
mod metrics;
mod months;
mod proxies;
mod questions;
mod reads;
mod receiver;
mod run_batch;
mod shipping;
mod stage_batch;
mod stream;
mod tls;
mod totals;
mod webhook_addresses;
mod webhooks;
