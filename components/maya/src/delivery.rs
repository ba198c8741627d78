//! The bridge on its way into Maya: in pieces that a command port takes, put together and started there.

use pyblish_host::{Failure, Found, Result, fail};

use crate::command_port::{CommandPort, EXPRESSION};

/// The bridge, as it is for every host.
const BRIDGE: &str = include_str!("../../bridge/pyblish_endpoint_bridge.py");

/// What puts it together and starts it.
const START: &str = include_str!("start.py");

/// Sends the bridge, and has it listen on this port of the loopback.
pub fn start(maya: &mut CommandPort, port: u16) -> Result<Found> {
    // Tells a port of the other language, or with a prefix, before anything is left there.
    maya.ask("'pyblish-'+'endpoint %d.%d'%__import__('sys').version_info[:2]")?;
    maya.run("__import__('__main__').__dict__.__setitem__('_pyblish_endpoint',[])")?;
    for expression in pieces() {
        maya.run(&expression)?;
    }
    let start = hex(START.as_bytes());
    maya.run(&format!(
        "eval(compile(__import__('binascii').unhexlify('{start}'),'<pyblish-endpoint>','exec'),\
         __import__('__main__').__dict__)"
    ))?;
    let said = maya.ask(&format!(
        "__import__('__main__')._pyblish_endpoint_start({port})"
    ))?;
    started(&said, port)
}

/// Where it listens, from what Maya says.
fn started(said: &str, port: u16) -> Result<Found> {
    if let Some(reason) = said.strip_prefix("error: ") {
        if reason.contains("cannot listen") {
            fail!(
                "{reason} Where that is another Maya's bridge, start the session with --set port=PORT --connect \
                 127.0.0.1:PORT and a PORT that is free"
            );
        }
        return Err(Failure::new(format!(
            "Maya cannot start the bridge: {reason}"
        )));
    }
    let parts = said.split_once(' ');
    let parsed = parts.and_then(|(address, pid)| Some((address, pid.parse().ok()?)));
    let Some((address, pid)) = parsed else {
        fail!("Maya was to start the bridge and says {said:?}");
    };
    if address != format!("127.0.0.1:{port}") {
        fail!(
            "the bridge runs already in this Maya (pid {pid}), at {address}; start the session again with \
             --set port={} --connect {address}",
            address.rsplit(':').next().unwrap_or_default()
        );
    }
    Ok(Found {
        address: address.to_owned(),
        pid: Some(pid),
    })
}

/// Expressions that append the bridge's source, in hexadecimal, to a list in `__main__`.
fn pieces() -> impl Iterator<Item = String> {
    const BEFORE: &str = "__import__('__main__')._pyblish_endpoint.append('";
    const AFTER: &str = "')";
    let size = (EXPRESSION - BEFORE.len() - AFTER.len()) / 2;
    let chunks = BRIDGE.as_bytes().chunks(size);
    chunks.map(|chunk| format!("{BEFORE}{}{AFTER}", hex(chunk)))
}

/// Digits need no quoting, in no language.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_fits_into_a_line_and_needs_no_quoting() {
        assert!(
            hex(START.as_bytes()).len() < EXPRESSION - 200,
            "{}",
            START.len()
        );
        let mut digits = String::new();
        for piece in pieces() {
            assert!(piece.len() <= EXPRESSION, "{}", piece.len());
            assert!(!piece.contains(['"', '\\', '\n']), "{piece}");
            digits.push_str(piece.split('\'').nth(3).unwrap());
        }
        assert_eq!(digits, hex(BRIDGE.as_bytes()));
    }

    #[test]
    fn what_maya_says_is_read_or_said_on() {
        let found = started("127.0.0.1:7003 4711", 7003).unwrap();
        assert_eq!(
            (found.address.as_str(), found.pid),
            ("127.0.0.1:7003", Some(4711))
        );
        for (said, words) in [
            ("error: no secret", "cannot start the bridge: no secret"),
            (
                "127.0.0.1:7009 4711",
                "--set port=7009 --connect 127.0.0.1:7009",
            ),
            ("something", "says \"something\""),
        ] {
            let failure = started(said, 7003).unwrap_err();
            assert!(failure.message().contains(words), "{failure:?}");
        }
    }
}
