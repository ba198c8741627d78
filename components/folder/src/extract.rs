//! What makes copies for a version: the files themselves, and a small picture of them. The inbox is only read.

mod files;
mod thumbnail;

pub use files::ExtractFiles;
pub use thumbnail::ExtractThumbnail;
