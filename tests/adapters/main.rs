//! The adapters that come with the runtime: as files, and what they publish.

mod contract;
mod files;
mod folder;
mod folder_interrupted;
mod folder_movies;
mod folder_references;
mod folder_soundness;
mod meaning;
mod python;
