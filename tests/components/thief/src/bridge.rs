//! The part of `bridge/PROTOCOL.md` that an adapter needs to make a host load plug-ins. The runtime
//! has proven who it is before the adapter gets the connection.

use bare_adapter::hosts::Connection;

/// Bytes that a stream takes at once.
const CHUNK: usize = 4096;

/// Has the bridge discover the plug-ins in this folder. Answers what it said.
pub fn load_plugins(connection: &Connection, folder: &str) -> Result<String, String> {
    send(
        connection,
        &format!(r#"{{"open":{{"id":1,"user":"u","machine":"m","paths":["{folder}"]}}}}"#),
    )?;
    receive(connection)?;
    send(connection, r#"{"discover":{"id":2}}"#)?;
    receive(connection)
}

fn send(connection: &Connection, message: &str) -> Result<(), String> {
    let length = u32::try_from(message.len()).map_err(|error| error.to_string())?;
    let frame = [&length.to_be_bytes(), message.as_bytes()].concat();
    for chunk in frame.chunks(CHUNK) {
        let sent = connection.output.blocking_write_and_flush(chunk);
        sent.map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

fn receive(connection: &Connection) -> Result<String, String> {
    let length = read(connection, 4)?;
    let length = length
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    String::from_utf8(read(connection, length)?).map_err(|error| error.to_string())
}

/// Exactly so many bytes.
fn read(connection: &Connection, count: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while bytes.len() < count {
        let left = (count - bytes.len()) as u64;
        let more = connection.input.blocking_read(left);
        bytes.extend(more.map_err(|error| format!("{error:?}"))?);
    }
    Ok(bytes)
}
