//! What is shown while a publish goes on: a progress bar with records above it, lines, or JSON.

use std::io::{self, ErrorKind, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use tracing_subscriber::filter::LevelFilter;

use super::super::screen::Screen;
use super::super::text::{indented, one_line};
use crate::history::Told;
use crate::model::{Level, PairResult, Record, RunInfo};
use crate::report::text::duration;
use crate::session::Session;

/// How many parts the bar has.
const WHOLE: u64 = 1000;

/// How long lines may rest before the progress of a plug-in is one.
const REST: Duration = Duration::from_secs(5);

/// How often the bar shows the time, while nothing else happens.
const TICK: Duration = Duration::from_millis(250);

const YELLOW: &str = "33";
const RED: &str = "31";

pub enum Live {
    Bar(Lines, ProgressBar),
    Lines(Lines),
    Json {
        /// Whether somebody still reads.
        read: bool,
    },
}

/// Lines on stderr.
pub struct Lines {
    screen: Screen,
    colours: bool,
    least: Level,
    /// When something was shown last.
    shown: Instant,
}

/// What the body of an event is about, as far as it is shown.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pair {
    plugin_name: String,
    instance_name: Option<String>,
}

#[derive(Deserialize)]
struct Recorded {
    pair: Pair,
    record: Record,
}

#[derive(Deserialize)]
struct Progressed {
    pair: Pair,
    fraction: f64,
    message: String,
}

#[derive(Deserialize)]
struct Ended {
    result: PairResult,
}

impl Live {
    pub fn new(screen: &Screen, json: bool, log: LevelFilter) -> Self {
        if json {
            return Live::Json { read: true };
        }
        let lines = Lines {
            screen: screen.clone(),
            colours: Screen::has_colours(),
            // What only a developer reads is shown to who asks for it.
            least: match log >= LevelFilter::DEBUG {
                true => Level(0),
                false => Level::INFO,
            },
            shown: Instant::now(),
        };
        if !Screen::is_terminal() {
            return Live::Lines(lines);
        }
        let bar = screen.bars().add(ProgressBar::new(WHOLE));
        let style = ProgressStyle::with_template("{bar:24} {percent:>3}%  {elapsed}  {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(TICK);
        Live::Bar(lines, bar)
    }

    /// Shows what happened.
    pub fn show(&mut self, event: &Told, session: &Session) {
        match self {
            Live::Json { .. } => {
                let Told {
                    sequence, at, body, ..
                } = event;
                // The body is JSON already.
                let name = serde_json::Value::from(event.name.as_str());
                self.put(&format!(
                    "{{\"sequence\":{sequence},\"at\":{at},\"name\":{name},\"body\":{body}}}"
                ));
            }
            Live::Lines(lines) => lines.show(event, true),
            Live::Bar(lines, bar) => {
                lines.show(event, false);
                advance(bar, event, session);
            }
        }
    }

    /// The end: nothing is shown any more.
    pub fn end(&mut self, run: &RunInfo) {
        match self {
            Live::Json { .. } => self.put(&serde_json::json!({"run": run}).to_string()),
            Live::Lines(_) => {}
            Live::Bar(_, bar) => bar.finish_and_clear(),
        }
    }

    /// A line of JSON. Whoever reads them may go away; the publish goes on.
    fn put(&mut self, line: &str) {
        let Live::Json { read } = self else {
            return;
        };
        if !*read {
            return;
        }
        let mut out = io::stdout().lock();
        if let Err(error) = writeln!(out, "{line}").and_then(|()| out.flush()) {
            *read = false;
            if error.kind() != ErrorKind::BrokenPipe {
                tracing::warn!("events are no longer written: {error}");
            }
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Live::Bar(_, bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// Moves the bar, and says what is at work.
fn advance(bar: &ProgressBar, event: &Told, session: &Session) {
    match event.name.as_str() {
        "pluginStarted" => {
            if let Some(pair) = read::<Pair>(event) {
                bar.set_message(place(&pair.plugin_name, pair.instance_name.as_deref()));
            }
        }
        "progress" => {
            if let Some(Progressed {
                pair,
                fraction,
                message,
            }) = read(event)
            {
                let place = place(&pair.plugin_name, pair.instance_name.as_deref());
                let percent = fraction.clamp(0.0, 1.0) * 100.0;
                bar.set_message(format!("{place}: {percent:.0}% {}", one_line(&message)));
            }
        }
        "result" => {
            if let Some(run) = session.snapshot().run {
                bar.set_position((run.progress * WHOLE as f64) as u64);
            }
        }
        _ => {}
    }
}

fn read<'a, T: Deserialize<'a>>(event: &'a Told) -> Option<T> {
    // The events that are asked for here have these fields.
    serde_json::from_str(&event.body).ok()
}

impl Lines {
    /// Shows records and failures; and where everything is shown, also what went well.
    fn show(&mut self, event: &Told, everything: bool) {
        match event.name.as_str() {
            "record" => {
                if let Some(Recorded { pair, record }) = read(event)
                    && record.level >= self.least
                {
                    let place = place(&pair.plugin_name, pair.instance_name.as_deref());
                    self.line(
                        record.level,
                        &record.level.name().to_lowercase(),
                        &place,
                        &record.message,
                    );
                }
            }
            "progress" if everything && self.shown.elapsed() > REST => {
                if let Some(Progressed {
                    pair,
                    fraction,
                    message,
                }) = read(event)
                {
                    let place = place(&pair.plugin_name, pair.instance_name.as_deref());
                    let percent = fraction.clamp(0.0, 1.0) * 100.0;
                    self.line(
                        Level::INFO,
                        "at work",
                        &place,
                        &format!("{percent:.0}% {message}"),
                    );
                }
            }
            "result" => {
                if let Some(Ended { result }) = read(event) {
                    self.result(&result, everything);
                }
            }
            _ => {}
        }
    }

    fn result(&mut self, result: &PairResult, everything: bool) {
        let place = place(&result.plugin, result.instance.as_deref());
        match &result.failure {
            Some(failure) => self.line(Level::ERROR, "failed", &place, &failure.message),
            None if everything => self.line(Level::INFO, "ok", &place, &duration(result.duration)),
            None => {}
        }
    }

    fn line(&mut self, level: Level, word: &str, place: &str, message: &str) {
        self.shown = Instant::now();
        let message = indented(message, 10);
        let line = format!("{word:<8}  {place}: {}", message.trim_start());
        let colour = match level {
            _ if !self.colours => None,
            level if level >= Level::ERROR => Some(RED),
            level if level >= Level::WARNING => Some(YELLOW),
            _ => None,
        };
        match colour {
            Some(colour) => self.screen.say(&format!("\x1b[{colour}m{line}\x1b[0m")),
            None => self.screen.say(&line),
        }
    }
}

fn place(plugin: &str, instance: Option<&str>) -> String {
    match instance {
        Some(instance) => format!("{} on {}", one_line(plugin), one_line(instance)),
        None => one_line(plugin),
    }
}
