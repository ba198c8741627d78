use std::time::Duration;

use clap::Args;

use crate::http::Limits;
use crate::user::files;

/// Seconds that anything may be allowed to take: a day.
const LONGEST: u64 = 24 * 60 * 60;

/// How much a server takes on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitOptions {
    /// Connections at a time; beyond that, who has been idle longest makes room
    #[arg(long, value_name = "N", default_value_t = 2048, value_parser = count())]
    max_connections: u64,

    /// Requests under way at a time, streams of events aside
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = count())]
    max_requests: u64,

    /// Requests under way at a time of one client, which is a browser, or who comes with the token from one machine
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = count())]
    max_client_requests: u64,

    /// Streams of events at a time
    #[arg(long, value_name = "N", default_value_t = 1200, value_parser = count())]
    max_listeners: u64,

    /// Bytes of a request's body
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20, value_parser = count())]
    max_body: u64,

    /// How long a client may be silent: before a request, in its head, between parts of its body
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = seconds(1))]
    receive_timeout: u64,

    /// How long a client may take nothing of what is sent to it
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = seconds(1))]
    send_timeout: u64,

    /// How long runs and requests may go on when the server is told to end
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
    /// These, or what of them is possible here.
    pub fn limits(&self) -> Limits {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let limits = Limits {
            connections: count(self.max_connections),
            requests: count(self.max_requests),
            client_requests: count(self.max_client_requests),
            listeners: count(self.max_listeners),
            body: count(self.max_body),
            receive: Duration::from_secs(self.receive_timeout),
            send: Duration::from_secs(self.send_timeout),
            drain: Duration::from_secs(self.drain),
        };
        limits.within(files::allow(limits.files()))
    }
}
