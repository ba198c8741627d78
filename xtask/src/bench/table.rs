//! The figures as a table of text, and as JSON.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::figure::Figure;
use super::measure::{Bound, Measured, Series};

type Row<'a> = (&'a Figure, Result<Measured>);

/// Every figure with its bound.
pub fn list(figures: &[Figure]) -> String {
    let line = |figure: &Figure| {
        format!(
            "{:<14} {:<12} {:<12} {}\n",
            figure.name,
            words(figure.bound, figure.unit),
            goal(figure),
            figure.about
        )
    };
    figures.iter().map(line).collect()
}

/// One line per figure, and below it the values that it is computed from.
pub fn text(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<14} {:<12} {:>9}  {:<17} \n",
        "figure", "bound", "measured", "lowest - highest"
    );
    for (figure, measured) in rows {
        let name = figure.name;
        match measured {
            Err(error) => {
                let bound = words(figure.bound, figure.unit);
                text += &format!("{name:<14} {bound:<12} not measured: {error:#}\n");
            }
            Ok(measured) => {
                let median = measured.figure.median();
                let verdict = match figure.bound.holds(median) {
                    true => "holds",
                    false => "BROKEN",
                };
                let misses = match figure.goal {
                    Some(goal) if !goal.holds(median) => {
                        format!(", misses the goal of {}", self::goal(figure))
                    }
                    _ => String::new(),
                };
                let spread = spread(&measured.figure);
                let value = number(median);
                let bound = words(figure.bound, figure.unit);
                text +=
                    &format!("{name:<14} {bound:<12} {value:>9}  {spread:<17} {verdict}{misses}\n");
                for series in &measured.beside {
                    let value = number(series.median());
                    let spread = self::spread(series);
                    text += &format!(
                        "{:27} {value:>9}  {spread:<17} {} {}\n",
                        "", series.unit, series.what
                    );
                }
            }
        }
    }
    text
}

/// The figures as JSON.
pub fn json(rows: &[Row]) -> Result<String> {
    let figures = rows.iter().map(|(figure, measured)| {
        let mut row = json!({
            "name": figure.name, "about": figure.about, "unit": figure.unit, "bound": figure.bound,
            "goal": figure.goal,
        });
        match measured {
            Ok(measured) => {
                let value = measured.figure.median();
                row["holds"] = figure.bound.holds(value).into();
                row["measured"] = series(&measured.figure);
                row["beside"] = measured.beside.iter().map(series).collect();
            }
            Err(error) => row["problem"] = format!("{error:#}").into(),
        }
        row
    });
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let machine = json!({
        "processors": processors, "system": std::env::consts::OS, "architecture": std::env::consts::ARCH,
    });
    let all = json!({"machine": machine, "figures": figures.collect::<Vec<_>>()});
    let text =
        serde_json::to_string_pretty(&all).context("the figures cannot be written as JSON")?;
    Ok(text + "\n")
}

fn series(series: &Series) -> Value {
    json!({
        "what": series.what, "unit": series.unit, "median": series.median(), "lowest": series.lowest(),
        "highest": series.highest(), "rounds": series.values(),
    })
}

fn words(bound: Bound, unit: &str) -> String {
    let (word, value) = match bound {
        Bound::AtLeast(value) => (">=", value),
        Bound::AtMost(value) => ("<=", value),
    };
    format!("{word} {value} {unit}")
}

/// The goal, or nothing.
fn goal(figure: &Figure) -> String {
    let goal = figure.goal.map(|goal| words(goal, figure.unit));
    goal.unwrap_or_default()
}

fn spread(series: &Series) -> String {
    format!("{} - {}", number(series.lowest()), number(series.highest()))
}

/// With the digits that matter.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        // The difference between 1.05 and 1.054 may matter for a bound.
        small if small >= 0.1 || small == 0.0 => format!("{value:.3}"),
        _ => format!("{value:.2e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    fn figure() -> Figure {
        Figure {
            name: "run",
            about: "times as fast",
            bound: Bound::AtLeast(3.0),
            goal: Some(Bound::AtLeast(8.0)),
            unit: "x",
            measure: |_| Err(anyhow!("never")),
        }
    }

    #[test]
    fn a_broken_bound_is_told_with_what_it_is_made_of() {
        let figure = figure();
        let beside = Series::of("the other", "s", vec![123.4]);
        let measured = Measured::of(Series::of("ratio", "x", vec![2.0, 1.0, 2.5])).beside([beside]);
        let rows = [
            (&figure, Ok(measured)),
            (&figure, Err(anyhow!("no wrk").context("install it"))),
        ];
        let text = text(&rows);
        assert!(
            text.contains("run            >= 3 x           2.000  1.000 - 2.500     BROKEN, misses the goal of >= 8 x\n"),
            "{text}"
        );
        assert!(
            text.contains("      123  123 - 123         s the other\n"),
            "{text}"
        );
        assert!(
            text.contains("not measured: install it: no wrk\n"),
            "{text}"
        );
        let json: Value = serde_json::from_str(&json(&rows).unwrap()).unwrap();
        assert_eq!(json["figures"][0]["holds"], false);
        assert_eq!(json["figures"][0]["bound"]["atLeast"], 3.0);
        assert_eq!(json["figures"][0]["goal"]["atLeast"], 8.0);
        assert_eq!(json["figures"][0]["measured"]["median"], 2.0);
        assert_eq!(json["figures"][1]["problem"], "install it: no wrk");
    }
}
