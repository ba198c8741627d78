//! The report as one page, to be mailed, kept and printed: no script, nothing from elsewhere.
//!
//! Its policy forbids the browser everything but the style sheet inside it, so that even a mistake
//! here could not run what a host has logged. Each section has a budget of bytes, and says what it
//! left out.

mod discovery;
mod facts;
mod header;
mod parts;
mod problems;
mod records;
mod results;
mod strip;
mod time;
mod warnings;

#[cfg(test)]
mod tests;

use super::Report;
use super::digest::Digest;
use super::markup::Markup;

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
base-uri 'none'; form-action 'none'\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<meta name=\"referrer\" content=\"no-referrer\">
<meta name=\"robots\" content=\"noindex\">
<title>";

/// The report as one HTML page, self-contained and below a few megabytes whatever the run.
pub fn to_html(report: &Report) -> String {
    let digest = Digest::of(report);
    let mut page = Markup::default();
    page.raw(HEAD).text(&digest.outcome.headline);
    page.raw(" – Pyblish report ").text(report.run.id);
    page.raw("</title>\n<style>\n")
        .raw(include_str!("style.css"));
    page.raw("</style>\n</head>\n<body>\n");
    header::write(&mut page, &digest);
    page.raw("<main>\n");
    discovery::write_broken(&mut page, &digest);
    problems::write(&mut page, &digest);
    warnings::write(&mut page, &digest);
    facts::write_published(&mut page, &digest);
    results::write(&mut page, &digest);
    time::write(&mut page, &digest);
    results::write_not_run(&mut page, &digest);
    facts::write_switched_off(&mut page, &digest);
    facts::write_policy(&mut page, &digest);
    discovery::write_left_out(&mut page, &digest);
    page.raw("</main>\n<footer>Made by Pyblish Endpoint. Times of day are UTC.</footer>\n");
    page.raw("</body>\n</html>\n");
    page.finish()
}
