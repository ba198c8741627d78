//! Setting a host up: putting the bridge, what starts it with the host, and what is behind the entry in its menu
//! into a folder of our own where that host looks, and taking it away again.
//!
//! Nothing of anybody else is overwritten: all that is to be written is looked at first, and a file that is there
//! without our mark stops it before anything is changed. Everything is copied, nothing is shared between hosts, so
//! that removing one never breaks another.

mod block;
mod error;
mod files;
mod hosts;
mod places;
mod plan;
mod switch;

use std::path::{Path, PathBuf};

pub use error::InstallError;
pub use hosts::{HOSTS, Host};
pub use places::Surroundings;
pub use plan::{Piece, Plan};

/// What marks are made with.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What was done to a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Done {
    Wrote(PathBuf),
    /// What this version had written.
    Replaced(PathBuf, String),
    AddedLines(PathBuf),
    ReplacedLines(PathBuf, String),
    SwitchedOn(PathBuf),
    Removed(PathBuf),
    RemovedLines(PathBuf),
    SwitchedOff(PathBuf),
    /// It is in our folder, and somebody else's.
    Left(PathBuf),
}

/// The host of this name.
pub fn find(name: &str) -> Result<Host, InstallError> {
    let found = HOSTS.into_iter().find(|host| host.name == name);
    found.ok_or_else(|| InstallError::Unknown {
        name: name.into(),
        known: HOSTS.iter().map(|host| host.name).collect(),
    })
}

/// One plan for each folder that the host has, or for the one that is wished.
pub fn plans(
    host: Host,
    to: Option<&Path>,
    binary: &Path,
    surroundings: &Surroundings,
) -> Result<Vec<Plan>, InstallError> {
    if let Some(to) = to {
        return Ok(vec![Plan::new(host, to, binary, None)?]);
    }
    let found = host.found(surroundings);
    if found.is_empty() {
        return Err(InstallError::NoPlace {
            label: host.label,
            usual: host.usual,
            looked: host.looked_for(surroundings),
        });
    }
    let plans = found
        .iter()
        .map(|place| Plan::new(host, place, binary, Some(surroundings)));
    plans.collect()
}

impl Plan {
    /// The version that is installed; none where none is. One without its start-up file is none.
    pub fn installed(&self) -> Option<String> {
        let startup = self.files.first()?;
        files::version(&startup.path).ok().flatten()
    }

    /// Whether anything stands in the way; nothing is changed.
    pub fn check(&self) -> Result<(), InstallError> {
        for piece in &self.files {
            files::version(&piece.path)?;
        }
        if let Some(lines) = &self.block {
            self.found_lines(&lines.path)?;
        }
        Ok(())
    }

    /// Sets the host up; says what it wrote.
    pub fn install(&self) -> Result<Vec<Done>, InstallError> {
        self.check()?;
        let mut done = Vec::new();
        for Piece { path, text } in &self.files {
            let former = files::version(path)?;
            files::write(path, text.as_bytes())?;
            files::remove_compiled(path);
            done.push(match former {
                Some(former) => Done::Replaced(path.clone(), former),
                None => Done::Wrote(path.clone()),
            });
        }
        if let Some(Piece { path, text }) = &self.block {
            let (file, former) = self.found_lines(path)?;
            let file = block::with(file.as_deref(), VERSION, text);
            let file = file.map_err(|_| InstallError::Torn(path.clone()))?;
            files::write(path, &file)?;
            done.push(match former {
                Some(former) => Done::ReplacedLines(path.clone(), former.version),
                None => Done::AddedLines(path.clone()),
            });
        }
        if let Some((path, key)) = &self.switch {
            let settings = text_of(path)?.unwrap_or_default();
            if !switch::is_on(&settings, key) {
                files::write(path, switch::on(&settings, key).as_bytes())?;
                done.push(Done::SwitchedOn(path.clone()));
            }
        }
        Ok(done)
    }

    /// Takes away what [`Plan::install`] wrote; says what that was.
    pub fn remove(&self) -> Result<Vec<Done>, InstallError> {
        let mut done = Vec::new();
        // First of all what starts the rest.
        if let Some(Piece { path, .. }) = &self.block
            && let (Some(file), Some(found)) = self.found_lines(path)?
        {
            let rest = block::without(&file).map_err(|_| InstallError::Torn(path.clone()))?;
            match found.made && rest.is_empty() {
                true => {
                    files::remove(path)?;
                    done.push(Done::Removed(path.clone()));
                }
                false => {
                    files::write(path, &rest)?;
                    done.push(Done::RemovedLines(path.clone()));
                }
            }
            files::remove_compiled(path);
        }
        for Piece { path, .. } in &self.files {
            match files::version(path) {
                Ok(None) => {}
                Ok(Some(_)) => {
                    files::remove(path)?;
                    done.push(Done::Removed(path.clone()));
                }
                Err(InstallError::Foreign(path)) => done.push(Done::Left(path)),
                Err(error) => return Err(error),
            }
        }
        if done.is_empty() {
            return Ok(done);
        }
        if let Some((path, key)) = &self.switch
            && let Some(settings) = text_of(path)?
        {
            let off = switch::off(&settings, key);
            if off != settings {
                files::write(path, off.as_bytes())?;
                done.push(Done::SwitchedOff(path.clone()));
            }
        }
        let mut left = Vec::new();
        for Piece { path, .. } in self.files.iter().chain(&self.block) {
            if path.starts_with(&self.folder) {
                files::remove_compiled(path);
            }
            if let Some(folder) = path.parent() {
                let rest = files::remove_empty(folder, &self.place);
                left.extend(
                    rest.into_iter()
                        .filter(|rest| rest.starts_with(&self.folder)),
                );
            }
        }
        left.retain(|path| path.exists());
        left.sort();
        left.dedup();
        let left = left.into_iter().map(Done::Left);
        done.extend(left.collect::<Vec<_>>());
        done.dedup();
        Ok(done)
    }

    fn found_lines(
        &self,
        path: &Path,
    ) -> Result<(Option<Vec<u8>>, Option<block::Found>), InstallError> {
        let file = files::read(path)?;
        let found = block::find(file.as_deref().unwrap_or_default());
        let found = found.map_err(|_| InstallError::Torn(path.to_path_buf()))?;
        Ok((file, found))
    }
}

/// Settings, which are text.
fn text_of(path: &Path) -> Result<Option<String>, InstallError> {
    let bytes = files::read(path)?;
    let text = bytes.map(String::from_utf8).transpose();
    text.map_err(|error| {
        InstallError::file("read", path)(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            error,
        ))
    })
}

#[cfg(test)]
mod tests;
