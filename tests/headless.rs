//! The command line beside `serve`: a publish without a server, as a farm calls it, the history that is left of
//! it, and how servers are found and ended. Each test has data folders of its own.

#[path = "headless/ending.rs"]
mod ending;
#[path = "headless/history.rs"]
mod history;
#[path = "headless/publish.rs"]
mod publish;
#[path = "headless/servers.rs"]
mod servers;
#[path = "headless/user.rs"]
mod user;
