//! Publishes that are handed over: a real PostgreSQL, a real hub, and workers as processes.
#![cfg(unix)]

mod clock;
mod control;
mod handed_over;
mod here;
mod hosts;
mod leases;
mod lost;
mod many;
mod openjd;
mod qml;
mod refused;
mod sessions;
mod slow;
mod split;
