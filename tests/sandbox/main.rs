//! What an adapter may do and what not: hostile adapters, limits, grants, and which files are
//! trusted.

mod batches;
mod copies;
mod grants;
mod hostile;
mod json_memory;
mod limits;
mod recovery;
mod untrusted_files;
