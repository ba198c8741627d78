//! A proxy that counts the bytes that go to the hub, with their headers.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

pub(crate) struct Proxy {
    pub(crate) address: String,
    bytes: Arc<AtomicU64>,
}

impl Proxy {
    /// Starts one in front of this address.
    pub(crate) fn start(to: &str) -> io::Result<Proxy> {
        let to = to.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let bytes = Arc::new(AtomicU64::new(0));
        let counted = bytes.clone();
        let name = to.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(hub) = TcpStream::connect(&name) else {
                    continue;
                };
                let counted = counted.clone();
                let (Ok(from), Ok(back)) = (client.try_clone(), hub.try_clone()) else {
                    continue;
                };
                // The hub is known by its own name only.
                let names = (client.local_addr().ok(), name.clone());
                thread::spawn(move || pass(from, hub, names, Some(&counted)));
                thread::spawn(move || pass(back, client, (None, String::new()), None));
            }
        });
        Ok(Proxy { address, bytes })
    }

    pub(crate) fn count(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// Passes on what comes, and writes the hub's name for the proxy's in the header `Host`.
fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    (own, name): (Option<std::net::SocketAddr>, String),
    counted: Option<&AtomicU64>,
) {
    let own = own.map(|own| own.to_string().into_bytes());
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 {
            break;
        }
        let mut part = buffer[..read].to_vec();
        if let Some(counted) = counted {
            counted.fetch_add(read as u64, Ordering::Relaxed);
        }
        if let Some(own) = &own
            && let Some(at) = part.windows(own.len()).position(|window| window == own)
        {
            part.splice(at..at + own.len(), name.bytes());
        }
        if to.write_all(&part).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
