//! One file for each kind of farm.

mod command;
mod here;
mod openjd;
mod pull;

pub use command::CommandSubmitter;
pub use here::HereSubmitter;
pub use openjd::OpenJdSubmitter;
pub use pull::PullSubmitter;
