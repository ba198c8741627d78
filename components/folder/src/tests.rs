//! Tests of the plug-ins, in sessions with real folders, outside of the sandbox.

mod collecting;
mod corpus;
mod extracting;
mod integrating;
mod opening;
mod referring;
mod repairing;
mod siblings;
mod validating;
