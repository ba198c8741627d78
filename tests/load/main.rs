//! The limits of the server, each obeyed and violated on real sockets. None of it ends the server,
//! or keeps others from being served.

mod body;
mod broken;
mod connections;
mod requests;
mod shutdown;
mod timeouts;
mod ulimits;
