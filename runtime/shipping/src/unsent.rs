//! What of a folder of histories is not sent yet, for somebody who only looks.

use super::cursor::CursorFolder;
use super::source::{Histories, Source};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unsent {
    /// How many histories there are of which something was sent to a hub.
    pub known: usize,
    /// How many events of those the hub has not.
    pub events: u64,
    /// How many were gone before they could be sent.
    pub forgotten: u64,
    /// Histories that cannot be looked at, each with the reason.
    pub broken: Vec<String>,
}

/// Looks at all histories that no process has open.
pub fn unsent(histories: &dyn Histories) -> Unsent {
    let cursors = CursorFolder::of(&histories.folder());
    let mut found = Unsent::default();
    let ids = match histories.on_disk() {
        Ok(ids) => ids,
        Err(error) => {
            found.broken.push(error.to_string());
            return found;
        }
    };
    for id in ids {
        let looked = (|| {
            let Some(cursor) = cursors.read(&id).map_err(|error| error.to_string())? else {
                return Ok::<_, String>(());
            };
            found.known += 1;
            found.forgotten += cursor.forgotten;
            let store = histories.closed(&id).map_err(|error| error.to_string())?;
            if let Some(store) = store {
                let latest = Source::Closed(store).latest();
                let latest = latest.map_err(|error| error.to_string())?;
                found.events += latest.saturating_sub(cursor.acknowledged);
            }
            Ok(())
        })();
        if let Err(reason) = looked {
            found.broken.push(format!("{id}: {reason}"));
        }
    }
    found
}
