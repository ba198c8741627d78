//! The interface `hosts`: a connection to the bridge in the host that the user granted. Whoever runs
//! the session makes it, and proves who it is; the adapter gets two streams, and never the secret.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::bindings::{hosts, types};
use super::host_channel::HostChannel;
use super::sandbox::State;
use pyblish_model::Failure;

/// Bytes that a stream takes at once.
const CHUNK: usize = 64 << 10;

impl hosts::Host for State {
    async fn connect(
        &mut self,
        pid: Option<u32>,
    ) -> wasmtime::Result<Result<Option<hosts::Connection>, types::Failure>> {
        let Some(connector) = self.connector.clone() else {
            let message = "no host is granted to this adapter: name one with --bridge";
            let failure = Failure::new("NotGranted", message);
            return Ok(Err(super::convert::failure_out(&failure)));
        };
        let connection = match connector.connect(pid).await {
            Ok(Some(connection)) => connection,
            Ok(None) => return Ok(Ok(None)),
            Err(failure) => return Ok(Err(super::convert::failure_out(&failure))),
        };
        self.host_pid = Some(connection.pid);
        let channel = Arc::new(HostChannel::new(connection.stream));
        self.host_channel = Some(channel.clone());
        let input: Box<dyn InputStream> = Box::new(Input(channel.clone()));
        let output: Box<dyn OutputStream> = Box::new(Output {
            channel,
            waiting: Bytes::new(),
        });
        Ok(Ok(Some(hosts::Connection {
            input: self.table.push(input)?,
            output: self.table.push(output)?,
            pid: connection.pid,
            protocol: connection.protocol,
        })))
    }
}

struct Input(Arc<HostChannel>);

impl InputStream for Input {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.0.read(size.min(CHUNK)).map_err(failed)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Input {
    async fn ready(&mut self) {
        // An error is found by the read that follows.
        self.0.ready().await;
    }
}

struct Output {
    channel: Arc<HostChannel>,
    /// What the system has not taken yet.
    waiting: Bytes,
}

impl Output {
    /// Writes what waits, as far as the system takes it.
    fn send(&mut self) -> StreamResult<()> {
        while !self.waiting.is_empty() {
            match self.channel.stream().try_write(&self.waiting) {
                Ok(count) => drop(self.waiting.split_to(count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if !self.waiting.is_empty() {
            return Err(StreamError::trap(
                "written without asking whether there is room",
            ));
        }
        self.waiting = bytes;
        self.send()
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.send()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.send()?;
        Ok(if self.waiting.is_empty() { CHUNK } else { 0 })
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {
        while !self.waiting.is_empty() {
            if self.channel.stream().writable().await.is_err() || self.send().is_err() {
                // The error is found by the write that follows.
                return;
            }
        }
    }
}

fn failed(error: io::Error) -> StreamError {
    match error.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => StreamError::Closed,
        _ => StreamError::LastOperationFailed(error.into()),
    }
}
