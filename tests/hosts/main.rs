//! Hosts with the bridge, only over HTTP: the real runtime, the real adapter, a real Python with
//! pyblish-base, real sockets. Both what works, and what goes wrong, with its message.
//!
//! Nothing here sleeps: a plug-in reports by its progress that it is at work, and goes on when a
//! file appears.

mod batching;
mod bridge;
#[cfg(unix)]
mod kept;
#[cfg(unix)]
mod lost;
mod maya_houdini_nuke;
#[cfg(unix)]
mod publish;
#[cfg(unix)]
mod refused;
#[cfg(unix)]
mod sample;
#[cfg(unix)]
mod scene;
mod setup;
#[cfg(unix)]
mod studio;
