//! The REST API, over real sockets: who gets in, what each route of v1 and v2 answers, and whether
//! both match their documents.

mod access;
mod answers;
mod attributes;
mod conformance;
mod document;
mod jobs;
mod metrics;
mod open_folder;
mod reads;
mod runs;
mod v1;
mod v2;
