//! Who gets in, and who does not: the real server, asked as a frontend, a browser and an attacker would ask it.

#[path = "access/browser.rs"]
mod browser;
#[path = "access/doors.rs"]
mod doors;
#[path = "access/talk.rs"]
mod talk;
#[path = "access/token.rs"]
mod token;
