//! Sends the bridge to Maya, in pieces that fit the command port, and starts it there.

use pyblish_bridge::BRIDGE;
use pyblish_host::{Result, fail};

use crate::command_port::{CommandPort, EXPRESSION};

/// The code that joins the pieces and starts the bridge.
const START: &str = include_str!("start.py");

/// Sends the bridge, and starts it. Returns Maya's process.
pub fn start(maya: &mut CommandPort) -> Result<u32> {
    // Detects a port for the other language, or with a prefix, before anything is stored there.
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
    let said = maya.ask("__import__('__main__')._pyblish_endpoint_start()")?;
    started(&said)
}

/// Maya's process, from its answer.
fn started(said: &str) -> Result<u32> {
    if let Some(reason) = said.strip_prefix("error: ") {
        fail!("Maya cannot start the bridge: {reason}");
    }
    match said.parse() {
        Ok(pid) => Ok(pid),
        Err(_) => fail!("Maya should start the bridge, but answered {said:?}"),
    }
}

/// Expressions that append the bridge's source, in hexadecimal, to a list in `__main__`.
fn pieces() -> impl Iterator<Item = String> {
    const BEFORE: &str = "__import__('__main__')._pyblish_endpoint.append('";
    const AFTER: &str = "')";
    let size = (EXPRESSION - BEFORE.len() - AFTER.len()) / 2;
    let chunks = BRIDGE.as_bytes().chunks(size);
    chunks.map(|chunk| format!("{BEFORE}{}{AFTER}", hex(chunk)))
}

/// Hexadecimal digits need no quoting in any language.
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
        assert_eq!(started("4711").unwrap(), 4711);
        for (said, words) in [
            ("error: no secret", "cannot start the bridge: no secret"),
            ("something", "answered \"something\""),
        ] {
            let failure = started(said).unwrap_err();
            assert!(failure.message().contains(words), "{failure:?}");
        }
    }
}
