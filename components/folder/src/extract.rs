//! The plug-ins that make copies for a version: the files themselves, and a thumbnail. They only
//! read the inbox.

mod files;
mod layer;
mod thumbnail;

pub use files::ExtractFiles;
pub use thumbnail::ExtractThumbnail;
