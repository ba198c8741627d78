//! A hub with its PostgreSQL, from `tests/examples/hub.rs`, for the figures of the hub.
//!
//! Policy: PostgreSQL is one that the benchmark starts, as an ordinary user, in a temporary folder
//! of the system's. It writes to its disk as it does for a studio. Runtime, hub, database
//! and machines share this machine, which is the worst case: a studio has one for each.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::child::Talker;
use super::place::{self, Folder, Place};

/// Where it is.
#[derive(Debug, Deserialize)]
struct Greeting {
    address: String,
    counted: String,
    machine: String,
}

/// What has reached the hub.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Counted {
    /// Bytes from runtimes that send through the proxy.
    pub bytes: u64,
    /// Results that the hub has.
    pub results: u64,
}

pub struct Hub {
    talker: Talker,
    /// `http://HOST:PORT`
    pub address: String,
    /// The same through a proxy that counts bytes.
    pub counted: String,
    token: Folder,
}

impl Hub {
    /// Starts both. They end with this.
    pub fn start(place: &Place) -> Result<Self> {
        if cfg!(not(unix)) {
            bail!("PostgreSQL is only started on Unix");
        }
        let folder = place.folder("hub")?;
        // The database is in the system's temporary folder: PostgreSQL's user may not get to ours.
        let mut talker = Talker::start("the hub", place.example("hub"))?;
        let greeting: Greeting = talker.hear()?;
        place::write(&folder.join("token"), greeting.machine.as_bytes())?;
        Ok(Hub {
            talker,
            address: greeting.address,
            counted: greeting.counted,
            token: folder,
        })
    }

    /// Has it do something, and returns what it says of it.
    pub fn does<T: DeserializeOwned>(&mut self, command: &str) -> Result<T> {
        self.talker.tell(command)?;
        self.talker
            .hear()
            .with_context(|| format!("{command} failed"))
    }

    /// What of `endpoint.toml` makes a server send to this address.
    pub fn config(&self, address: &str) -> String {
        let token = self.token.join("token");
        format!("[serve]\nhub = {address:?}\nhub-token-file = {token:?}\n")
    }
}
