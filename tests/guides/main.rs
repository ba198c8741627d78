//! The guides of the book, as their readers follow them: what they say to write is built, sealed and
//! published with the real binary.

#![cfg(unix)]

mod drive_a_tool;
mod examples;
mod studio;
