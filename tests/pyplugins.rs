//! Python plug-ins in the sandbox: the real binary, the real component with its Python, through HTTP alone.

#[path = "pyplugins/absent.rs"]
mod absent;
#[path = "pyplugins/compiled.rs"]
mod compiled;
#[path = "pyplugins/inbox.rs"]
mod inbox;
#[path = "pyplugins/place.rs"]
mod place;
#[path = "pyplugins/work.rs"]
mod work;
