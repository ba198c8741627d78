//! The proofs of the handshake: each side shows that it knows the user's secret, and neither tells
//! it. What a proof is made of, and why it is of no use to anybody else, is in `bridge/PROTOCOL.md`.

use std::net::SocketAddr;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::protocol::PROTOCOL;
use super::secret::{Secret, unhex};

/// Who proves. A proof of one role is none of the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Role {
    Adapter,
    Bridge,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Adapter => "adapter",
            Role::Bridge => "bridge",
        }
    }
}

/// What both sides know of this one handshake.
pub(super) struct Handshake<'a> {
    pub(super) secret: &'a Secret,
    /// The bridge's end of this connection.
    pub(super) bridge_end: SocketAddr,
    /// The runtime's own end of it.
    pub(super) own_end: SocketAddr,
    /// The process of the host.
    pub(super) pid: u32,
    /// The nonce that the runtime sent.
    pub(super) own_nonce: &'a str,
    /// The nonce that the bridge sent.
    pub(super) bridge_nonce: &'a str,
}

impl Handshake<'_> {
    /// The proof of this role: 64 hexadecimal digits.
    pub(super) fn proof(&self, role: Role) -> String {
        hex(&self.mac(role).finalize().into_bytes())
    }

    /// Whether this is the proof of this role. The time that it takes does not tell where it
    /// differs.
    pub(super) fn is_proof(&self, role: Role, proof: &str) -> bool {
        unhex(proof).is_some_and(|bytes| self.mac(role).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, role: Role) -> Hmac<Sha256> {
        let lines = [
            format!("pyblish-endpoint-bridge {PROTOCOL}"),
            role.name().to_owned(),
            self.bridge_end.to_string(),
            self.own_end.to_string(),
            self.pid.to_string(),
            self.own_nonce.to_owned(),
            self.bridge_nonce.to_owned(),
        ];
        let mut mac = self.secret.key();
        mac.update(lines.join("\n").as_bytes());
        mac
    }
}

/// 32 hexadecimal digits that nobody has seen before.
pub(super) fn nonce() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// Whether it is what a nonce must be. Nothing else gets into a proof: a line break could make it
/// a proof of something else.
pub(super) fn is_nonce(text: &str) -> bool {
    (32..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(secret: &Secret) -> Handshake<'_> {
        Handshake {
            secret,
            bridge_end: "127.0.0.1:41234".parse().unwrap(),
            own_end: "127.0.0.1:50022".parse().unwrap(),
            pid: 4711,
            own_nonce: "00112233445566778899aabbccddeeff",
            bridge_nonce: "ffeeddccbbaa99887766554433221100",
        }
    }

    fn secret() -> Secret {
        let digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        Secret::of(digits).unwrap()
    }

    #[test]
    fn proofs_are_those_of_the_protocol() {
        let secret = secret();
        let adapter = "7560e297ed2b16872fc535405036f0b3e45707d22e43e0e0aaf81d0936b5cdf5";
        let bridge = "553aae4832a2e6718aba427d6f1d218eefe8a6b604c2b80af44327ca3f0bc76c";
        let example = example(&secret);
        assert_eq!(example.proof(Role::Adapter), adapter);
        assert_eq!(example.proof(Role::Bridge), bridge);
        assert!(example.is_proof(Role::Bridge, bridge));
        // One's own sent back, a part of one, and what is none.
        for wrong in [adapter, &bridge[2..], "", "+1", "é"] {
            assert!(!example.is_proof(Role::Bridge, wrong), "{wrong}");
        }
    }

    #[test]
    fn proof_is_for_one_connection_to_one_process() {
        let secret = secret();
        let proof = example(&secret).proof(Role::Bridge);
        let others = [
            Handshake {
                bridge_end: "127.0.0.1:41235".parse().unwrap(),
                ..example(&secret)
            },
            Handshake {
                own_end: "127.0.0.1:50023".parse().unwrap(),
                ..example(&secret)
            },
            Handshake {
                pid: 4712,
                ..example(&secret)
            },
            Handshake {
                own_nonce: example(&secret).bridge_nonce,
                bridge_nonce: example(&secret).own_nonce,
                ..example(&secret)
            },
        ];
        for other in others {
            assert!(!other.is_proof(Role::Bridge, &proof));
        }
    }

    #[test]
    fn nonce_is_new_and_hexadecimal() {
        let (one, other) = (nonce().unwrap(), nonce().unwrap());
        assert!(is_nonce(&one) && one != other);
        for (text, is) in [
            (&"0".repeat(31)[..], false),
            (&"0".repeat(32), true),
            (&"F".repeat(128), true),
            (&"0".repeat(129), false),
            ("00112233445566778899aabbccddeef\n", false),
            ("00112233445566778899aabbccddeefg", false),
        ] {
            assert_eq!(is_nonce(text), is, "{text:?}");
        }
    }
}
