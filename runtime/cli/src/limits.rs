use std::time::Duration;

use clap::Args;

use pyblish_platform::files;
use pyblish_server::{MaxJsonValues, ServerLimits};
use pyblish_session::MAX_SESSIONS;

/// The highest time limit in seconds: a day.
const LONGEST: u64 = 24 * 60 * 60;

/// The limits of a server.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitOptions {
    /// Connections at a time; when there are more, the longest idle one is closed
    #[arg(long, value_name = "N", default_value_t = 2048, value_parser = count())]
    max_connections: u64,

    /// Requests in progress at a time, without event streams
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = count())]
    max_requests: u64,

    /// Requests in progress at a time from one client: one browser, or all programs with the token
    /// on one machine
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = count())]
    max_client_requests: u64,

    /// Event streams at a time
    #[arg(long, value_name = "N", default_value_t = 1200, value_parser = count())]
    max_listeners: u64,

    /// Open sessions at a time
    #[arg(long, value_name = "N", default_value_t = MAX_SESSIONS as u64, value_parser = count())]
    max_sessions: u64,

    /// Bytes of a request's body
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20, value_parser = count())]
    max_body: u64,

    /// Bytes of a session's state in REST v1, which names each instance with each plug-in
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20, value_parser = count())]
    max_answer: u64,

    /// Texts, numbers, lists and objects in a JSON body of a request
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = count())]
    max_values: u64,

    /// How long a client may send nothing: before a request, in its head, between parts of its body
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = seconds(1))]
    receive_timeout: u64,

    /// How long a client may read nothing of what the server sends
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = seconds(1))]
    send_timeout: u64,

    /// How long runs and requests may continue when the server is asked to end
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = seconds(0))]
    drain: u64,
}

fn count() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..=1 << 32)
}

fn seconds(least: u64) -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(least..=LONGEST)
}

impl LimitOptions {
    /// How many sessions may be open at a time.
    pub fn sessions(&self) -> usize {
        usize::try_from(self.max_sessions).unwrap_or(usize::MAX)
    }

    /// These limits, lowered to what this system allows.
    pub fn limits(&self) -> ServerLimits {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let limits = ServerLimits {
            connections: count(self.max_connections),
            requests: count(self.max_requests),
            client_requests: count(self.max_client_requests),
            listeners: count(self.max_listeners),
            body: count(self.max_body),
            answer: count(self.max_answer),
            values: MaxJsonValues(count(self.max_values)),
            receive: Duration::from_secs(self.receive_timeout),
            send: Duration::from_secs(self.send_timeout),
            drain: Duration::from_secs(self.drain),
        };
        limits.within(files::allow(limits.files()))
    }
}
