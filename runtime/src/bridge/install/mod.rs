//! Setting a host up: putting the bridge, what starts it with the host, and what is behind the entry in its menu
//! into a folder of our own where that host looks, and taking it away again.
//!
//! Nothing of anybody else is overwritten: all that is to be written is looked at first, and a file that is there
//! without our mark, or with one and changes since, stops it before anything is changed. Everything is copied, nothing is shared between hosts, so
//! that removing one never breaks another.

mod block;
mod error;
mod files;
mod hosts;
mod mark;
mod places;
mod plan;
mod switch;

use std::path::{Path, PathBuf};

pub use error::InstallError;
pub use hosts::{HOSTS, Host};
pub use places::{Found, Surroundings, Version};
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

/// How much of a plan is there.
#[derive(Debug)]
pub enum State {
    /// Nothing.
    Absent,
    /// All, as it would be written now.
    Current,
    /// All, as this version wrote it; or this very version, for a program that was elsewhere.
    Outdated(String),
    /// Some of it.
    Incomplete,
    /// All, but the user has switched it off in the host.
    SwitchedOff,
    /// It cannot be told, or somebody else's stands in the way.
    Blocked(InstallError),
}

/// Which folders of a host are meant.
#[derive(Debug, Clone)]
pub enum Where {
    /// All that there are.
    Found,
    /// That of this version, whether it has run yet or not.
    Version(Version),
    Folder(PathBuf),
}

/// The host of this name.
pub fn find(name: &str) -> Result<Host, InstallError> {
    let found = HOSTS.into_iter().find(|host| host.name == name);
    found.ok_or_else(|| InstallError::Unknown {
        name: name.into(),
        known: HOSTS.iter().map(|host| host.name).collect(),
    })
}

/// One plan for each folder that is meant.
pub fn plans(
    host: Host,
    place: &Where,
    binary: &Path,
    surroundings: &Surroundings,
) -> Result<Vec<Plan>, InstallError> {
    let found = match place {
        Where::Folder(folder) => return Ok(vec![Plan::new(host, folder, binary, None)?]),
        Where::Version(version) => {
            let folder = host.of_version(*version, surroundings);
            vec![folder.ok_or_else(|| InstallError::NoVersion {
                label: host.label,
                version: *version,
                usual: host.usual,
                looked: host.looked_for(surroundings),
            })?]
        }
        Where::Found => {
            let found = host.found(surroundings).into_iter();
            found.map(|found| found.folder).collect()
        }
    };
    if found.is_empty() {
        return Err(InstallError::NoPlace {
            label: host.label,
            usual: host.usual,
            looked: host.looked_for(surroundings),
        });
    }
    let plans = found
        .iter()
        .map(|folder| Plan::of(host, folder, binary, surroundings));
    plans.collect()
}

impl Plan {
    /// For one folder where the host looks by itself.
    pub fn of(
        host: Host,
        folder: &Path,
        binary: &Path,
        surroundings: &Surroundings,
    ) -> Result<Self, InstallError> {
        Plan::new(host, folder, binary, Some(surroundings))
    }

    /// How much of it is there.
    pub fn state(&self) -> State {
        self.look().unwrap_or_else(State::Blocked)
    }

    fn look(&self) -> Result<State, InstallError> {
        let (mut there, mut missing, mut other) = (false, false, None);
        for piece in &self.files {
            match files::mark(&piece.path)? {
                None => missing = true,
                Some(mark) => {
                    there = true;
                    if !piece.is_there()? {
                        other = Some(mark.version);
                    }
                }
            }
        }
        if let Some(piece) = &self.block {
            match self.found_lines(&piece.path)? {
                (_, None) => missing = true,
                (file, Some(lines)) => {
                    there = true;
                    let wanted = block::with(file.as_deref(), VERSION, &piece.text).ok();
                    if wanted != file {
                        other = Some(lines.version);
                    }
                }
            }
        }
        let off = match &self.switch {
            Some((path, key)) => !switch::is_on(&text_of(path)?.unwrap_or_default(), key),
            None => false,
        };
        Ok(match (there, missing, other) {
            (false, ..) => State::Absent,
            (true, true, _) => State::Incomplete,
            (true, false, Some(version)) => State::Outdated(version),
            (true, false, None) if off => State::SwitchedOff,
            (true, false, None) => State::Current,
        })
    }

    /// Whether anything stands in the way; nothing is changed.
    pub fn check(&self) -> Result<(), InstallError> {
        self.look().map(|_| ())
    }

    /// Sets the host up; says what it changed, which is nothing where all is as it is to be.
    pub fn install(&self) -> Result<Vec<Done>, InstallError> {
        self.check()?;
        let mut done = Vec::new();
        for piece in &self.files {
            let Piece { path, text } = piece;
            if piece.is_there()? {
                continue;
            }
            let former = files::mark(path)?;
            files::write(path, text.as_bytes())?;
            files::remove_compiled(path);
            done.push(match former {
                Some(former) => Done::Replaced(path.clone(), former.version),
                None => Done::Wrote(path.clone()),
            });
        }
        if let Some(Piece { path, text }) = &self.block {
            let (file, former) = self.found_lines(path)?;
            let wanted = block::with(file.as_deref(), VERSION, text);
            let wanted = wanted.map_err(|_| InstallError::Torn(path.clone()))?;
            if file.as_deref() != Some(&wanted) {
                files::write(path, &wanted)?;
                done.push(match former {
                    Some(former) => Done::ReplacedLines(path.clone(), former.version),
                    None => Done::AddedLines(path.clone()),
                });
            }
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
        let mut ours = Vec::new();
        let mut done = Vec::new();
        // What starts the rest goes first. What was changed stops all, for half of it would be of no use.
        for Piece { path, .. } in self.files.iter().rev() {
            match files::mark(path) {
                Ok(None) => {}
                Ok(Some(_)) => ours.push(path),
                Err(InstallError::Foreign(path)) => done.push(Done::Left(path)),
                Err(error) => return Err(error),
            }
        }
        if let Some(Piece { path, .. }) = &self.block {
            self.remove_lines(path, &mut done)?;
        }
        for path in ours {
            files::remove(path)?;
            done.push(Done::Removed(path.clone()));
        }
        if done.iter().all(|done| matches!(done, Done::Left(_))) {
            return Ok(done);
        }
        if let Some((path, key)) = &self.switch
            && let Some(settings) = text_of(path)?
        {
            let off = switch::off(&settings, key);
            if off.is_empty() {
                files::remove(path)?;
            } else if off != settings {
                files::write(path, off.as_bytes())?;
            }
            if off != settings {
                done.push(Done::SwitchedOff(path.clone()));
            }
        }
        self.tidy(&mut done);
        Ok(done)
    }

    fn remove_lines(&self, path: &Path, done: &mut Vec<Done>) -> Result<(), InstallError> {
        let (Some(file), Some(found)) = self.found_lines(path)? else {
            return Ok(());
        };
        let rest = block::without(&file).map_err(|_| InstallError::Torn(path.to_path_buf()))?;
        if found.made && rest.is_empty() {
            files::remove(path)?;
            done.push(Done::Removed(path.to_path_buf()));
        } else {
            files::write(path, &rest)?;
            done.push(Done::RemovedLines(path.to_path_buf()));
        }
        files::remove_compiled(path);
        Ok(())
    }

    /// Removes what Python made of our modules, and folders that are empty; tells what somebody else has in ours.
    fn tidy(&self, done: &mut Vec<Done>) {
        for Piece { path, .. } in self.files.iter().chain(&self.block) {
            if path.starts_with(&self.folder) {
                files::remove_compiled(path);
            }
            if let Some(folder) = path.parent() {
                files::remove_empty(folder, &self.below);
            }
        }
        for entry in self.folder.read_dir().into_iter().flatten().flatten() {
            let told =
                |done: &Done| matches!(done, Done::Left(path) if path.starts_with(entry.path()));
            if !done.iter().any(told) {
                done.push(Done::Left(entry.path()));
            }
        }
    }

    /// A file of the user's, and our lines in it.
    fn found_lines(
        &self,
        path: &Path,
    ) -> Result<(Option<Vec<u8>>, Option<block::Found>), InstallError> {
        let file = files::read(path)?;
        let found = block::find(file.as_deref().unwrap_or_default());
        let found = found.map_err(|_| InstallError::Torn(path.to_path_buf()))?;
        match found {
            Some(found) if !found.intact => Err(InstallError::ChangedLines(path.to_path_buf())),
            found => Ok((file, found)),
        }
    }
}

impl Piece {
    /// Whether the file is as it is to be.
    fn is_there(&self) -> Result<bool, InstallError> {
        let file = files::read(&self.path)?;
        Ok(file.as_deref() == Some(self.text.as_bytes()))
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
