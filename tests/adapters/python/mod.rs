//! Python plug-ins in the sandbox: the real binary, the real component with its Python, through
//! HTTP alone.

mod absent;
mod compiled;
mod inbox;
mod library;
mod place;
mod system;
mod units;
mod work;
