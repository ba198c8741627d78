//! What a client may take of the server, and what it may not: each limit obeyed and violated, on real sockets. None
//! of it ends the server, or keeps others from being served.

#[path = "load/body.rs"]
mod body;
#[path = "load/broken.rs"]
mod broken;
#[path = "load/crowd.rs"]
mod crowd;
#[path = "load/ending.rs"]
mod ending;
#[path = "load/pace.rs"]
mod pace;
#[path = "load/talk.rs"]
mod talk;
