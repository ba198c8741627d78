//! What is kept on disk: after kills, and with faults of disks, clocks and files.

mod durability;
mod faults;
