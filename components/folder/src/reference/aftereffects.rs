//! After Effects projects as XML (`.aepx`): the files of footage.

use std::io::{self, BufRead};

use super::scan::{Scan, lines};

pub fn find(text: &mut dyn BufRead, scan: &mut Scan) -> io::Result<()> {
    lines(text, |line| {
        for rest in line.split("fullpath=\"").skip(1) {
            let Some((path, _)) = rest.split_once('"') else {
                continue;
            };
            let path = [
                ("&lt;", "<"),
                ("&gt;", ">"),
                ("&quot;", "\""),
                ("&apos;", "'"),
                ("&amp;", "&"),
            ]
            .iter()
            .fold(path.to_owned(), |path, (escape, sign)| {
                path.replace(escape, sign)
            });
            scan.add(path);
        }
    })
}
