//! Who gets in, and who does not: requests to the real server, as a frontend, a browser and an
//! attacker would send them.

mod browser;
mod listen;
mod origins;
mod requests;
mod token;
