//! Materials of Wavefront OBJ: the textures.

use std::io::{self, BufRead};

use super::scan::{Scan, lines};

pub fn find(text: &mut dyn BufRead, scan: &mut Scan) -> io::Result<()> {
    lines(text, |line| {
        let line = line.trim();
        let Some((key, rest)) = line.split_once([' ', '\t']) else {
            return;
        };
        let key = key.to_ascii_lowercase();
        if key.starts_with("map_") && key != "map_aat"
            || ["bump", "disp", "decal", "refl", "norm"].contains(&key.as_str())
        {
            scan.add(without_options(rest));
        }
    })
}

/// What follows the options: `-s 1 1 1 -bm 0.5 wood color.png`.
fn without_options(mut rest: &str) -> &str {
    loop {
        rest = rest.trim_start();
        let Some((option, values)) = rest
            .strip_prefix('-')
            .and_then(|rest| rest.split_once([' ', '\t']))
        else {
            return rest;
        };
        let most = match option.to_ascii_lowercase().as_str() {
            "o" | "s" | "t" => 3,
            "mm" => 2,
            "bm" | "boost" | "texres" => 1,
            "blendu" | "blendv" | "cc" | "clamp" | "imfchan" | "type" => {
                rest = values
                    .trim_start()
                    .split_once([' ', '\t'])
                    .map_or("", |(_, rest)| rest);
                continue;
            }
            // A name that begins with a dash.
            _ => return rest,
        };
        rest = values;
        for _ in 0..most {
            let trimmed = rest.trim_start();
            match trimmed.split_once([' ', '\t']) {
                Some((number, more)) if number.parse::<f64>().is_ok() => rest = more,
                _ => break,
            }
        }
    }
}
