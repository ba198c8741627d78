//! Hosts with the bridge in them, over HTTP alone: the real runtime, the real adapter, a real Python with
//! pyblish-base, real sockets. What works, and what goes wrong on the way, each with its words.
//!
//! Nothing here waits for a moment: a plug-in that is to be at work says so by its progress, and goes on when
//! a file appears.

#![cfg(unix)]

#[path = "hosts/lost.rs"]
mod lost;
#[path = "hosts/refused.rs"]
mod refused;
#[path = "hosts/talk.rs"]
mod talk;
#[path = "hosts/work.rs"]
mod work;
