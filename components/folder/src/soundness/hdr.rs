//! Radiance HDR: each line of the picture to the last one.

use super::source::{Fault, Source};

/// A header with longer lines, or more of them, is not one.
const LONGEST: usize = 4096;

pub fn check(source: &mut Source) -> Result<(), Fault> {
    const WHAT: &str = "its picture";
    let mut lines = 0;
    while !line(source)?.is_empty() {
        lines += 1;
        if lines > LONGEST {
            return Err(Fault::broken("its header has no end"));
        }
    }
    let resolution = String::from_utf8_lossy(&line(source)?).into_owned();
    let words: Vec<&str> = resolution.split_whitespace().collect();
    let (width, height) = match words[..] {
        [_, a, _, b] => match (a.parse::<u64>(), b.parse::<u64>()) {
            (Ok(lines), Ok(columns)) => (columns, lines),
            _ => return Err(Fault::broken("its header has no width and height")),
        },
        _ => return Err(Fault::broken("its header has no width and height")),
    };
    if !(8..=32767).contains(&width) {
        return flat(source, width, height);
    }
    for row in 0..height {
        let [a, b, high, low] = source.array(WHAT)?;
        let is_packed = a == 2 && b == 2 && u64::from(high) << 8 | u64::from(low) == width;
        if !is_packed {
            source.seek(source.at() - 4, WHAT)?;
            return match row {
                0 => flat(source, width, height),
                _ => Err(Fault::broken(format!(
                    "line {row} of its picture is damaged"
                ))),
            };
        }
        for _ in 0..4 {
            let mut left = width;
            while left > 0 {
                let count = source.u8(WHAT)?;
                let (bytes, pixels) = match count {
                    129.. => (1, u64::from(count - 128)),
                    count => (u64::from(count), u64::from(count)),
                };
                if pixels == 0 || pixels > left {
                    return Err(Fault::broken(format!(
                        "line {row} of its picture is damaged"
                    )));
                }
                source.skip(bytes, WHAT)?;
                left -= pixels;
            }
        }
    }
    Ok(())
}

/// Four bytes for each pixel. An older way to pack them needs less, and cannot be measured.
fn flat(source: &Source, width: u64, height: u64) -> Result<(), Fault> {
    match width
        .checked_mul(height)
        .and_then(|pixels| pixels.checked_mul(4))
    {
        Some(bytes) if bytes <= source.left() => Ok(()),
        _ => Err(Fault::NotChecked(
            "its picture is packed in an old way".into(),
        )),
    }
}

fn line(source: &mut Source) -> Result<Vec<u8>, Fault> {
    let mut line = Vec::new();
    loop {
        match source.u8("its header")? {
            b'\n' => return Ok(line),
            _ if line.len() > LONGEST => return Err(Fault::broken("its header has no end")),
            byte => line.push(byte),
        }
    }
}
