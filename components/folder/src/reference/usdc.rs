//! USD in its binary form.

use std::io::{self, BufRead, Seek};

use super::scan::Scan;

pub fn find(_: &mut (impl BufRead + Seek), _: u64, scan: &mut Scan) -> io::Result<()> {
    scan.not_checked = Some("the names in binary USD files cannot be read here".into());
    Ok(())
}
