//! Setting a host up, and undoing it. The bridge, its start-up file and its menu entry go into a
//! folder of our own where the host looks for such files.
//!
//! Files of others are never overwritten. Every target is checked first: a file without our mark,
//! or with one but changed since, stops the set-up before anything is changed. Everything is copied
//! for each host, so removing one never breaks another.

mod archive;
mod block;
mod change;
mod error;
mod files;
mod hosts;
mod mark;
mod pip;
mod places;
mod plan;
mod program;
mod pyblish;
mod record;
mod switch;
mod wheel;
mod wheel_error;

use std::path::{Path, PathBuf};

pub use change::FileChange;
pub use error::InstallError;
pub use hosts::{SUPPORTED_HOSTS, SupportedHost};
pub use mark::VERSION;
pub use places::{HostFolder, UserEnvironment, Version};
pub use plan::{InstallPlan, PlannedFile};
pub use wheel::Wheel;
pub use wheel_error::{RELEASE as PYBLISH_RELEASE, WheelError};

/// How much of a plan is in place.
#[derive(Debug)]
pub enum SetupState {
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
    /// The state is unknown, or a file of somebody else is in the way.
    Blocked(InstallError),
}

/// Which folders of a host are meant.
#[derive(Debug, Clone)]
pub enum InstallTarget {
    /// Every folder of the host on this machine.
    Found,
    /// That of this version, whether it has run yet or not.
    Version(Version),
    /// This folder.
    Folder(PathBuf),
}

/// The host of this name.
pub fn find(name: &str) -> Result<SupportedHost, InstallError> {
    let found = SUPPORTED_HOSTS.into_iter().find(|host| host.name == name);
    found.ok_or_else(|| InstallError::Unknown {
        name: name.into(),
        known: SUPPORTED_HOSTS.iter().map(|host| host.name).collect(),
    })
}

/// One plan for each folder that is meant.
pub fn plans(
    host: SupportedHost,
    place: &InstallTarget,
    binary: &Path,
    surroundings: &UserEnvironment,
) -> Result<Vec<InstallPlan>, InstallError> {
    let found = match place {
        InstallTarget::Folder(folder) => {
            return Ok(vec![InstallPlan::in_folder(host, folder, binary)?]);
        }
        InstallTarget::Version(version) => {
            let folder = host.of_version(*version, surroundings);
            vec![folder.ok_or_else(|| InstallError::NoVersion {
                label: host.label,
                version: *version,
                usual: host.usual,
                looked: host.looked_for(surroundings),
            })?]
        }
        InstallTarget::Found => {
            let found = host.found(surroundings).into_iter();
            let mut found: Vec<_> = found.map(|found| found.folder).collect();
            if found.is_empty() {
                found.extend(host.first_folder(surroundings));
            }
            found
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
        .map(|folder| InstallPlan::of(host, folder, binary, surroundings));
    plans.collect()
}

impl InstallPlan {
    /// A plan for one folder where the host looks by default.
    pub fn of(
        host: SupportedHost,
        folder: &Path,
        binary: &Path,
        surroundings: &UserEnvironment,
    ) -> Result<Self, InstallError> {
        InstallPlan::new(host, folder, binary, Some(surroundings))
    }

    /// A plan for a folder that somebody named.
    pub fn in_folder(
        host: SupportedHost,
        folder: &Path,
        binary: &Path,
    ) -> Result<Self, InstallError> {
        InstallPlan::new(host, folder, binary, None)
    }

    /// How much of it is there.
    pub fn state(&self) -> SetupState {
        self.look().unwrap_or_else(SetupState::Blocked)
    }

    fn look(&self) -> Result<SetupState, InstallError> {
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
            (false, ..) => SetupState::Absent,
            (true, true, _) => SetupState::Incomplete,
            (true, false, Some(version)) => SetupState::Outdated(version),
            (true, false, None) if off => SetupState::SwitchedOff,
            (true, false, None) => SetupState::Current,
        })
    }

    /// Whether anything stands in the way; nothing is changed.
    pub fn check(&self) -> Result<(), InstallError> {
        self.look().map(|_| ())
    }

    /// Sets the host up. Answers what it changed: nothing if everything is in place.
    pub fn install(&self) -> Result<Vec<FileChange>, InstallError> {
        self.check()?;
        let mut done = Vec::new();
        for piece in &self.files {
            let PlannedFile { path, text } = piece;
            if piece.is_there()? {
                continue;
            }
            let former = files::mark(path)?;
            files::write(path, text.as_bytes())?;
            files::remove_compiled(path);
            done.push(match former {
                Some(former) => FileChange::Replaced(path.clone(), former.version),
                None => FileChange::Wrote(path.clone()),
            });
        }
        if let Some(PlannedFile { path, text }) = &self.block {
            let (file, former) = self.found_lines(path)?;
            let wanted = block::with(file.as_deref(), VERSION, text);
            let wanted = wanted.map_err(|_| InstallError::UnclosedBlock(path.clone()))?;
            if file.as_deref() != Some(&wanted) {
                files::rewrite(path, file.as_deref(), &wanted)?;
                done.push(match former {
                    Some(former) => FileChange::ReplacedLines(path.clone(), former.version),
                    None => FileChange::AddedLines(path.clone()),
                });
            }
        }
        if let Some((path, key)) = &self.switch {
            let former = text_of(path)?;
            let settings = former.as_deref().unwrap_or_default();
            if !switch::is_on(settings, key) {
                let former = former.as_deref().map(str::as_bytes);
                files::rewrite(path, former, switch::on(settings, key).as_bytes())?;
                done.push(FileChange::SwitchedOn(path.clone()));
            }
        }
        Ok(done)
    }

    /// Puts Pyblish beside the bridge, where the host finds it. Answers what it changed: nothing if
    /// it is there.
    pub fn put_pyblish(&self, wheel: &Wheel) -> Result<Vec<FileChange>, InstallError> {
        pyblish::put(&self.folder, wheel)
    }

    /// Removes what [`InstallPlan::install`] and [`InstallPlan::put_pyblish`] wrote. Answers what it
    /// removed.
    pub fn remove(&self) -> Result<Vec<FileChange>, InstallError> {
        let mut ours = Vec::new();
        let mut done = Vec::new();
        // The start-up file goes first. A changed file stops everything, because half a bridge is
        // of no use.
        for PlannedFile { path, .. } in self.files.iter().rev() {
            match files::mark(path) {
                Ok(None) => {}
                Ok(Some(_)) => ours.push(path),
                Err(InstallError::Foreign(path)) => done.push(FileChange::Left(path)),
                Err(error) => return Err(error),
            }
        }
        if let Some(PlannedFile { path, .. }) = &self.block {
            self.remove_lines(path, &mut done)?;
        }
        for path in ours {
            files::remove(path)?;
            done.push(FileChange::Removed(path.clone()));
        }
        done.extend(pyblish::remove(&self.folder)?);
        pip::remove(&self.folder, &mut done)?;
        if done.iter().all(|done| matches!(done, FileChange::Left(_))) {
            return Ok(done);
        }
        if let Some((path, key)) = &self.switch
            && let Some(settings) = text_of(path)?
        {
            let off = switch::off(&settings, key);
            if off.is_empty() {
                files::remove(path)?;
            } else if off != settings {
                files::rewrite(path, Some(settings.as_bytes()), off.as_bytes())?;
            }
            if off != settings {
                done.push(FileChange::SwitchedOff(path.clone()));
            }
        }
        self.tidy(&mut done);
        Ok(done)
    }

    fn remove_lines(&self, path: &Path, done: &mut Vec<FileChange>) -> Result<(), InstallError> {
        let (Some(file), Some(found)) = self.found_lines(path)? else {
            return Ok(());
        };
        let rest =
            block::without(&file).map_err(|_| InstallError::UnclosedBlock(path.to_path_buf()))?;
        if found.made && rest.is_empty() {
            files::remove(path)?;
            done.push(FileChange::Removed(path.to_path_buf()));
        } else {
            files::rewrite(path, Some(&file), &rest)?;
            done.push(FileChange::RemovedLines(path.to_path_buf()));
        }
        files::remove_compiled(path);
        Ok(())
    }

    /// Removes what Python made of our modules, and folders that are empty; tells what somebody
    /// else has in ours.
    fn tidy(&self, done: &mut Vec<FileChange>) {
        for PlannedFile { path, .. } in self.files.iter().chain(&self.block) {
            if path.starts_with(&self.folder) {
                files::remove_compiled(path);
            }
            if let Some(folder) = path.parent() {
                files::remove_empty(folder, &self.below);
            }
        }
        for entry in self.folder.read_dir().into_iter().flatten().flatten() {
            let told = |done: &FileChange| matches!(done, FileChange::Left(path) if path.starts_with(entry.path()));
            if !done.iter().any(told) {
                done.push(FileChange::Left(entry.path()));
            }
        }
    }

    /// A file of the user's, and our lines in it.
    fn found_lines(
        &self,
        path: &Path,
    ) -> Result<(Option<Vec<u8>>, Option<block::Block>), InstallError> {
        let file = files::read(path)?;
        let found = block::find(file.as_deref().unwrap_or_default());
        let found = found.map_err(|_| InstallError::UnclosedBlock(path.to_path_buf()))?;
        match found {
            Some(found) if !found.intact => Err(InstallError::ChangedLines(path.to_path_buf())),
            found => Ok((file, found)),
        }
    }
}

impl PlannedFile {
    /// Whether the file is as planned.
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
