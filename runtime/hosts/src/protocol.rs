/// The version of the bridge's protocol (`bridge/PROTOCOL.md`) that the runtime uses.
pub const PROTOCOL: u32 = 2;
