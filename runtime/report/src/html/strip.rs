use super::super::digest::Digest;
use super::super::markup::Markup;
use super::super::text::sane;
use super::super::timeline::offset;
use super::parts::stage_class;
use pyblish_rules::Stage;

/// The number of columns: more than most screens can show apart, and few enough for any run.
const COLUMNS: usize = 400;

/// The stage that worked most of a column's time; the outer `None` means no plug-in at all.
type Column = Option<Option<Stage>>;

/// The whole run from left to right, in the colours of its stages. The text below has the same
/// data.
pub(super) fn write(page: &mut Markup, digest: &Digest<'_>) {
    page.raw("<svg class=\"strip\" viewBox=\"0 0 400 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    page.raw("<rect class=\"idle\" width=\"400\" height=\"10\"/>");
    let columns = columns(digest);
    let mut start = 0;
    while start < COLUMNS {
        let same = columns[start..]
            .iter()
            .take_while(|column| **column == columns[start]);
        let width = same.count();
        if let Some(stage) = columns[start] {
            page.raw("<rect class=\"")
                .raw(stage_class(stage))
                .raw("\" x=\"")
                .text(start);
            page.raw("\" width=\"")
                .text(width)
                .raw("\" height=\"10\"/>");
        }
        start += width;
    }
    page.raw("</svg>\n");
}

/// The column that this is in. What is beyond the last one is in the last one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "stops at the ends of the integer"
)]
fn column(place: f64) -> usize {
    (place as usize).min(COLUMNS - 1)
}

fn columns(digest: &Digest<'_>) -> Vec<Column> {
    let stages: Vec<_> = digest
        .timeline
        .stages
        .iter()
        .map(|(stage, _)| *stage)
        .collect();
    let width = digest.timeline.elapsed / COLUMNS as f64;
    let mut busy = vec![[0.0_f64; Stage::ALL.len() + 1]; COLUMNS];
    for result in &digest.report.results {
        let stage = digest.known.stage(result);
        let Some(row) = stages.iter().position(|known| *known == stage) else {
            continue;
        };
        let start = offset(digest.report, result.started);
        let end = start + sane(result.duration);
        let (first, last) = (column(start / width), column(end / width));
        for (column, busy) in busy.iter_mut().enumerate().take(last + 1).skip(first) {
            let left = column as f64 * width;
            let within = end.min(left + width) - start.max(left);
            busy[row] += within.max(0.0);
        }
    }
    let most = |busy: [f64; Stage::ALL.len() + 1]| -> Column {
        let (row, time) = busy
            .into_iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        // A column that did nothing for most of its time is a gap.
        (time > 0.0 && busy.iter().sum::<f64>() * 2.0 >= width).then(|| stages.get(row).copied())?
    };
    busy.into_iter().map(most).collect()
}
