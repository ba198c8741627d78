//! The plug-ins in sessions of their own, on real folders, outside the sandbox.

mod collecting;
mod extracting;
mod integrating;
mod opening;
mod repairing;
mod validating;
