use super::super::digest::Digest;
use super::super::markup::Markup;
use super::super::text::sane;
use super::super::timeline::offset;
use super::stage_class;
use crate::publish::Stage;

/// So many columns has the strip: more than most screens show apart, and few enough for any run.
const COLUMNS: usize = 400;

/// Which stage was at work most of a column's time; the outer none for no plug-in at all.
type Column = Option<Option<Stage>>;

/// The whole run from left to right, in the colours of its stages. What it shows is told in words below.
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
        // A conversion from a float stops at the ends of the integer.
        let first = ((start / width) as usize).min(COLUMNS - 1);
        let last = ((end / width) as usize).min(COLUMNS - 1);
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
