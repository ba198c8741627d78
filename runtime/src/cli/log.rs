use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::screen::Screen;

/// Logs to stderr from now on, above whatever else is shown there.
pub fn to(screen: &Screen, level: LevelFilter) {
    // wasmtime and hyper have nothing to say to a pipeline TD unless asked for in detail.
    let filter = match level {
        LevelFilter::TRACE => EnvFilter::new("trace"),
        level => EnvFilter::new(format!("off,pyblish_endpoint={level}")),
    };
    let screen = screen.clone();
    tracing_subscriber::fmt()
        .with_writer(move || screen.clone())
        .with_ansi(Screen::has_colours())
        .with_target(false)
        .with_env_filter(filter)
        .init();
}
