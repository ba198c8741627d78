//! Metrics in the text format of OpenMetrics, read strictly.

use std::collections::{BTreeMap, BTreeSet};

/// The metrics of one scrape.
#[derive(Debug, Default)]
pub struct Scraped {
    /// The type of each family, by its name: `counter`, `gauge`, `histogram`.
    pub types: BTreeMap<String, String>,
    /// Each sample by its name with its labels in order, such as `runs_total{state="failed"}`.
    pub samples: BTreeMap<String, f64>,
}

impl Scraped {
    /// Reads them.
    ///
    /// # Panics
    /// A line is not as the format wants it.
    #[track_caller]
    pub fn of(text: &str) -> Scraped {
        let mut scraped = Scraped::default();
        let text = text.strip_suffix("# EOF\n").expect("the end");
        let mut helped = BTreeSet::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect("a help");
                assert!(help.ends_with('.'), "{line}");
                helped.insert(name.to_owned());
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a type");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert!(helped.contains(name), "{line} has no help");
                scraped.types.insert(name.to_owned(), kind.to_owned());
            } else {
                let (sample, value) = line.rsplit_once(' ').expect("a value");
                let name = sample.split('{').next().expect("a name");
                let is_known = |suffix: &&str| {
                    let family = name.strip_suffix(*suffix);
                    family.is_some_and(|family| scraped.types.contains_key(family))
                };
                let suffixes = ["", "_total", "_sum", "_count", "_bucket"];
                assert!(suffixes.iter().any(is_known), "{line} has no type");
                let value = value.parse().expect("a number");
                let before = scraped.samples.insert(sample.to_owned(), value);
                assert_eq!(before, None, "{line} is there twice");
            }
        }
        scraped
    }

    /// The value of this sample.
    #[track_caller]
    pub fn value(&self, sample: &str) -> f64 {
        let value = self.samples.get(sample);
        *value.unwrap_or_else(|| panic!("no {sample} in {:#?}", self.samples))
    }

    /// Compares the families with the first column of the tables of a page of the documentation, in
    /// the section with this heading.
    #[track_caller]
    pub fn is_documented_in(&self, page: &str, heading: &str) {
        let section = page.split(&format!("\n## {heading}\n")).nth(1);
        let section = section.expect("the section").split("\n## ").next();
        let rows = section.expect("a text").lines();
        let written: BTreeSet<(String, String)> = rows
            .filter_map(|line| line.strip_prefix("| `"))
            .map(|row| {
                let mut cells = row.split('|').map(str::trim);
                let name = cells.next().expect("a name").trim_end_matches('`');
                (name.to_owned(), cells.next().expect("a type").to_owned())
            })
            .collect();
        let there: BTreeSet<(String, String)> = self.types.clone().into_iter().collect();
        assert_eq!(written, there, "the page of metrics differs");
    }
}
