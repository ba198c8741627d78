//! One file for each kind of farm.

mod command;
mod openjd;
mod pull;

pub use command::CommandSubmitter;
pub use openjd::OpenJdSubmitter;
pub use pull::PullSubmitter;
