use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format;

use super::screen::Screen;
use pyblish_model::Visible;

/// Logs to stderr from now on, above the progress bar. Each event is one line, even if names in it
/// contain line breaks.
pub fn to(screen: &Screen, level: LevelFilter) {
    // The logs of wasmtime and hyper are of no use to a pipeline TD, unless asked for in detail.
    let filter = match level {
        LevelFilter::TRACE => EnvFilter::new("trace"),
        level => EnvFilter::new(format!("off,pyblish={level}")),
    };
    let screen = screen.clone();
    let fields = format::debug_fn(|writer, field, value| match field.name() {
        "message" => write!(writer, "{}", one_line(&format!("{value:?}"))),
        name => write!(writer, "{name}={}", one_line(&format!("{value:?}"))),
    });
    tracing_subscriber::fmt()
        .fmt_fields(fields.delimited(" "))
        .with_writer(move || screen.clone())
        .with_ansi(Screen::has_colours())
        .with_target(false)
        .with_env_filter(filter)
        .init();
}

/// Escapes line breaks: the text after one would look like an event of its own.
fn one_line(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| Visible(line).to_string()).collect();
    lines.join("\\n")
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise_eq;

    use super::*;

    #[test]
    fn an_event_is_one_line() {
        assert_eq!(one_line("a\r\n2026 ERROR\u{9b}b"), "a\\n2026 ERROR\\u{9b}b");
        promise_eq!("TEXT-02", one_line("größe"), "größe");
    }
}
