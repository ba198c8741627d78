//! The handshake: both sides prove that they know the user's secret, and neither tells it.

use hmac::{Hmac, Mac};
use pyblish_sdk::{Failure, Result};
use sha2::Sha256;

/// Who proves; a proof of the one is none of the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    Adapter,
    Bridge,
}

/// What both sides know of this one handshake.
pub struct Handshake<'a> {
    /// 64 hexadecimal digits.
    pub secret: &'a str,
    /// As it was dialled.
    pub address: &'a str,
    /// Each side's nonce, as it was sent.
    pub adapter: &'a str,
    pub bridge: &'a str,
}

impl Handshake<'_> {
    /// 64 hexadecimal digits.
    pub fn proof(&self, role: Role) -> Result<String> {
        Ok(hex(&self.mac(role)?.finalize().into_bytes()))
    }

    /// Whether this is the proof of somebody in that role; in a time that does not tell where it differs.
    pub fn proves(&self, role: Role, proof: &str) -> Result<bool> {
        let Some(bytes) = unhex(proof) else {
            return Ok(false);
        };
        Ok(self.mac(role)?.verify_slice(&bytes).is_ok())
    }

    fn mac(&self, role: Role) -> Result<Hmac<Sha256>> {
        let key = unhex(self.secret)
            .ok_or_else(|| Failure::new("the user's secret is not hexadecimal"))?;
        let role = match role {
            Role::Adapter => "adapter",
            Role::Bridge => "bridge",
        };
        let lines = [
            "pyblish-endpoint-bridge 1",
            role,
            self.address,
            self.adapter,
            self.bridge,
        ];
        let mut mac = Hmac::new_from_slice(&key)
            .map_err(|_| Failure::new("the user's secret cannot be used as a key"))?;
        mac.update(lines.join("\n").as_bytes());
        Ok(mac)
    }
}

/// 32 hexadecimal digits that nobody has seen before.
pub fn nonce() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| match pair {
        // A sign would pass for a digit.
        [high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
        }
        _ => None,
    };
    pairs.map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: Handshake<'_> = Handshake {
        secret: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        address: "127.0.0.1:41234",
        adapter: "00112233445566778899aabbccddeeff",
        bridge: "ffeeddccbbaa99887766554433221100",
    };

    #[test]
    fn the_proofs_are_those_of_the_protocol() {
        let adapter = "1d29a75c462066ef50bf507df523e9c015e72534a0ea66b9972ac95c37bb4339";
        let bridge = "bcd52414ce9ca2eea3b7563cea66906081d4c965b7d9cfb1f9c8b273062db6f1";
        assert_eq!(EXAMPLE.proof(Role::Adapter).unwrap(), adapter);
        assert_eq!(EXAMPLE.proof(Role::Bridge).unwrap(), bridge);
        assert!(EXAMPLE.proves(Role::Bridge, bridge).unwrap());
        // One's own sent back, another's, and what is none.
        for wrong in [adapter, &bridge[2..], "", "+1", "é"] {
            assert!(!EXAMPLE.proves(Role::Bridge, wrong).unwrap(), "{wrong}");
        }
        let elsewhere = Handshake {
            address: "127.0.0.1:41235",
            ..EXAMPLE
        };
        assert!(!elsewhere.proves(Role::Bridge, bridge).unwrap());
    }

    #[test]
    fn nonces_differ() {
        let (one, other) = (nonce().unwrap(), nonce().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
    }
}
