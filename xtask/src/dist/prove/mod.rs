//! Uses each package as its users would, and prints what that has shown.
//!
//! Policy: three words, and no fourth. `shown` is what was seen here. `NOT SHOWN` is what this machine
//! cannot show, with the reason; it is never counted as a success. `FAILED` makes the command fail.

mod elf;
mod image;
mod mac;
mod packages;
mod proving;
mod python;
mod refused;
mod rez;
mod sums;
mod systemd;
mod tests;
mod twice;
mod windows;

pub use proving::{ProofTests, Proving};

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;

use super::target::System;
use crate::step;
use proving::Proof;

/// One line of the table.
struct Line {
    what: String,
    came: Result<Proof>,
}

impl Line {
    fn text(&self) -> String {
        let what = &self.what;
        match &self.came {
            Ok(Proof::Shown(seen)) => format!("shown      {what}: {seen}"),
            Ok(Proof::NotShown(reason)) => format!("NOT SHOWN  {what}: {reason}"),
            Err(error) => format!("FAILED     {what}: {error:#}"),
        }
    }
}

/// Proves everything that was made; fails if anything failed.
pub fn run(proving: &Proving<'_>) -> Result<ExitCode> {
    let mut lines = Vec::new();
    let mut prove = |what: &str, proof: &dyn Fn() -> Result<Proof>| {
        step::say(&format!("proving: {what}"));
        let line = Line {
            what: what.to_owned(),
            came: proof(),
        };
        // Now, and once more in the table: a run that is stopped has told what it has shown.
        step::say(&line.text());
        lines.push(line);
    };
    for target in proving.targets(System::Linux) {
        let triple = target.triple;
        prove(&format!("{triple}: glibc"), &|| elf::glibc(proving, target));
        prove(&format!("{triple}: serves and publishes"), &|| {
            elf::works(proving, target)
        });
    }
    prove("the test command, against the x86_64 archive", &|| {
        tests::run(proving)
    });
    prove("the program's wheel, in an empty environment", &|| {
        python::program(proving)
    });
    prove("the Python client's wheel", &|| python::client(proving));
    prove("the JavaScript client", &|| python::npm(proving));
    for target in proving.targets(System::Windows) {
        prove(&format!("{}: under wine", target.triple), &|| {
            windows::works(proving, target)
        });
        prove(
            &format!("{}: installer, under wine", target.triple),
            &|| windows::installer(proving, target),
        );
    }
    for target in proving.targets(System::Mac) {
        let triple = target.triple;
        prove(&format!("{triple}: headers"), &|| {
            mac::headers(proving, target)
        });
        prove(&format!("{triple}: runs"), &|| {
            Ok(Proof::NotShown(
                "nothing here runs programs for macOS".into(),
            ))
        });
    }
    prove(".deb: installed, started by its socket, removed", &|| {
        packages::deb(proving)
    });
    prove(".rpm: installed, started by its socket, removed", &|| {
        packages::rpm(proving)
    });
    prove("packages where they do not fit", &|| {
        refused::elsewhere(proving)
    });
    prove("systemd starts the units", &|| systemd::starts(proving));
    prove("rez-env", &|| rez::resolves(proving));
    prove("the container image", &|| image::runs(proving));
    prove("SHA256SUMS and its signature", &|| sums::verified(proving));
    prove("the list of crates in the programs, and the SBOM", &|| {
        sums::listed(proving)
    });
    prove("twice the same bytes", &|| twice::same(proving));
    Ok(report(&lines))
}

fn report(lines: &[Line]) -> ExitCode {
    let mut out = std::io::stdout().lock();
    for line in lines {
        // If the output is closed, the exit code still tells.
        let _ = writeln!(out, "{}", line.text());
    }
    match lines.iter().any(|line| line.came.is_err()) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}
