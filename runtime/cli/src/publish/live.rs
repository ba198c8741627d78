//! What is shown during a publish: a progress bar with records above it, lines, or JSON.

use std::borrow::Cow;
use std::io::{self, BufWriter, ErrorKind, Stdout, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use tracing_subscriber::filter::LevelFilter;

use crate::colour::Colour;
use crate::screen::Screen;
use crate::text::{indented, one_line};
use crate::wrap;
use pyblish_history::StoredEvent;
use pyblish_model::{Level, Record, RunInfo, visible_json};
use pyblish_report::text::duration;

/// How many characters wide the bar is.
const WHOLE: u64 = 1000;

/// How long no line may appear before the progress of a plug-in is printed as one.
const REST: Duration = Duration::from_secs(5);

/// How often the bar updates its time while nothing else happens.
const TICK: Duration = Duration::from_millis(250);

/// By how much a line's text is indented: by its first word.
const MARGIN: usize = 10;

pub enum Live {
    Bar(Lines, ProgressBar),
    Lines(Lines),
    Json {
        /// Whether the reader of the events is still there.
        read: bool,
        out: BufWriter<Stdout>,
    },
}

/// Lines on stderr.
pub struct Lines {
    screen: Screen,
    colours: bool,
    /// How wide the terminal is, if it is one.
    columns: Option<usize>,
    least: Level,
    /// When something was last shown.
    shown: Instant,
    /// What the next flush prints.
    text: String,
}

/// The parts of an event's body that are shown.
#[derive(Deserialize)]
struct Pair {
    plugin: String,
    instance: Option<String>,
}

#[derive(Deserialize)]
struct Begun {
    #[serde(flatten)]
    pair: Pair,
    /// Of the run, from 0 to 1.
    progress: Option<f64>,
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

/// That a pair failed; the summary says why.
#[derive(Deserialize)]
struct PairError {}

#[derive(Deserialize)]
struct Ended<'a> {
    #[serde(borrow)]
    result: ResultState<'a>,
}

/// The result of a pair.
#[derive(Deserialize)]
struct ResultState<'a> {
    #[serde(borrow)]
    plugin: Cow<'a, str>,
    #[serde(borrow)]
    instance: Option<Cow<'a, str>>,
    error: Option<PairError>,
    /// Milliseconds.
    duration: f64,
}

impl Live {
    pub fn new(screen: &Screen, json: bool, log: LevelFilter) -> Self {
        if json {
            return Live::Json {
                read: true,
                out: BufWriter::new(io::stdout()),
            };
        }
        let lines = Lines {
            screen: screen.clone(),
            colours: Screen::has_colours(),
            columns: wrap::stderr_columns(),
            // Debug records are only shown if the user asks for them.
            least: match log >= LevelFilter::DEBUG {
                true => Level(0),
                false => Level::INFO,
            },
            shown: Instant::now(),
            text: String::new(),
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

    /// Shows an event, at the next flush at the latest.
    pub fn show(&mut self, event: StoredEvent<'_>) {
        match self {
            Live::Json { .. } => {
                let StoredEvent {
                    sequence, at, body, ..
                } = event;
                // The body is JSON already, and a name needs no escapes.
                let name = event.name;
                self.put(&format!(
                    "{{\"sequence\":{sequence},\"at\":{at},\"name\":\"{name}\",\"body\":{body}}}\n"
                ));
            }
            Live::Lines(lines) => lines.show(event, true),
            Live::Bar(lines, bar) => {
                lines.show(event, false);
                advance(bar, event);
            }
        }
    }

    /// Prints what has been shown since the last flush.
    pub fn flush(&mut self) {
        match self {
            Live::Json { .. } => self.put(""),
            Live::Lines(lines) | Live::Bar(lines, _) => lines.flush(),
        }
    }

    /// Ends the display: nothing is shown from now on.
    pub fn end(&mut self, run: &RunInfo) {
        match self {
            Live::Json { .. } => {
                self.put(&format!("{}\n", serde_json::json!({"run": run})));
                self.put("");
            }
            Live::Lines(_) => {}
            Live::Bar(_, bar) => bar.finish_and_clear(),
        }
    }

    /// Adds text to the JSON output, or with none prints what has been added. If the reader goes
    /// away, the publish continues.
    fn put(&mut self, lines: &str) {
        let Live::Json { read, out } = self else {
            return;
        };
        if !*read {
            return;
        }
        let written = match lines {
            "" => out.flush(),
            lines => out.write_all(visible_json(lines).as_bytes()),
        };
        if let Err(error) = written {
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

/// Moves the bar, and shows what is running.
fn advance(bar: &ProgressBar, event: StoredEvent<'_>) {
    match event.name {
        "pluginStarted" => {
            if let Some(Begun { pair, progress }) = read(event) {
                bar.set_message(place(&pair.plugin, pair.instance.as_deref()));
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a part of the whole"
                )]
                bar.set_position((progress.unwrap_or(0.0) * WHOLE as f64) as u64);
            }
        }
        "progress" => {
            if let Some(Progressed {
                pair,
                fraction,
                message,
            }) = read(event)
            {
                let place = place(&pair.plugin, pair.instance.as_deref());
                let percent = fraction.clamp(0.0, 1.0) * 100.0;
                bar.set_message(format!("{place}: {percent:.0}% {}", one_line(&message)));
            }
        }
        _ => {}
    }
}

fn read<'a, T: Deserialize<'a>>(event: StoredEvent<'a>) -> Option<T> {
    // The events that this is called for have these fields.
    serde_json::from_str(event.body).ok()
}

impl Lines {
    /// Shows records and failures; with `everything`, also successes.
    fn show(&mut self, event: StoredEvent<'_>, everything: bool) {
        match event.name {
            "record" => {
                if let Some(Recorded { pair, record }) = read(event)
                    && record.level >= self.least
                {
                    let place = place(&pair.plugin, pair.instance.as_deref());
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
                    let place = place(&pair.plugin, pair.instance.as_deref());
                    let percent = fraction.clamp(0.0, 1.0) * 100.0;
                    self.line(
                        Level::INFO,
                        "running",
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

    fn result(&mut self, result: &ResultState<'_>, everything: bool) {
        let place = place(&result.plugin, result.instance.as_deref());
        match &result.error {
            // The summary has the message: each failure is told once.
            Some(_) => self.line(Level::ERROR, "failed", &place, ""),
            None if everything => self.line(Level::INFO, "ok", &place, &duration(result.duration)),
            None => {}
        }
    }

    fn line(&mut self, level: Level, word: &str, place: &str, message: &str) {
        self.shown = Instant::now();
        let message = indented(message, MARGIN);
        let line = match message.trim_start() {
            "" => format!("{word:<8}  {place}\n"),
            message => format!("{word:<8}  {place}: {message}\n"),
        };
        let (first, rest) = line.split_once('\n').unwrap_or((&line, ""));
        let first = wrap::wrapped(&format!("{first}\n"), self.columns, MARGIN);
        let line = first + &wrap::wrapped(rest, self.columns, 0);
        self.text += &match level {
            _ if !self.colours => line,
            level if level >= Level::ERROR => Colour::Red.paint(&line),
            level if level >= Level::WARNING => Colour::Yellow.paint(&line),
            _ => line,
        };
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.screen.say(self.text.trim_end_matches('\n'));
            self.text.clear();
        }
    }
}

fn place(plugin: &str, instance: Option<&str>) -> String {
    match instance {
        Some(instance) => format!("{} on {}", one_line(plugin), one_line(instance)),
        None => one_line(plugin),
    }
}
