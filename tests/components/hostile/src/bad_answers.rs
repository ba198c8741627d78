//! Deeds whose answer is too large, invalid, or a lot of work.

use bare_adapter::model::{Change, MembersSet, Outcome, Value};
use bare_adapter::{added, set};

use crate::answer::{Done, amount, healthy, long_text, no_text_at_all, nothing};

fn changed(change: Change) -> Done {
    Ok(Outcome {
        changes: vec![change],
        ..nothing()
    })
}

/// Answers with a value of so many bytes.
pub fn long() -> Done {
    changed(set(None, "long", Value::Text(long_text()?)))
}

pub fn no_text() -> Done {
    changed(set(None, "key", Value::Text(no_text_at_all())))
}

pub fn no_json() -> Done {
    changed(set(None, "key", Value::Json("{\"open\": [".into())))
}

/// So many nested lists.
pub fn deep_json() -> Done {
    let depth = usize::try_from(amount()).map_err(|error| error.to_string())?;
    let text = "[".repeat(depth) + &"]".repeat(depth);
    changed(set(None, "key", Value::Json(text)))
}

/// A list of so many values.
pub fn values(value: &str) -> Done {
    let count = usize::try_from(amount()).map_err(|error| error.to_string())?;
    let most = format!("{value},").repeat(count.saturating_sub(1));
    changed(set(None, "key", Value::Json(format!("[{most}{value}]"))))
}

/// So many values, each under its own key.
pub fn keys() -> Done {
    let keys = (0..amount()).map(|key| set(None, &key.to_string(), Value::Integer(0)));
    Ok(Outcome {
        changes: keys.collect(),
        ..healthy()
    })
}

/// An infinite number.
pub fn infinite() -> Done {
    changed(set(None, "key", Value::Json("[1e999999]".into())))
}

/// So many more instances, all empty.
pub fn instances() -> Done {
    let more = (0..amount()).map(|number| added(format!("more {number}"), String::new()));
    Ok(Outcome {
        changes: more.collect(),
        ..healthy()
    })
}

/// So many members of one instance, with empty names.
pub fn members() -> Done {
    let count = usize::try_from(amount()).map_err(|error| error.to_string())?;
    changed(Change::MembersSet(MembersSet {
        instance: "one".into(),
        members: vec![String::new(); count],
    }))
}

/// Changes an instance that does not exist.
pub fn no_instance() -> Done {
    changed(set(Some("nobody"), "key", Value::Integer(1)))
}

/// Adds an instance that exists already.
pub fn same_instance() -> Done {
    changed(added("one".into(), "one".into()))
}

fn all(changes: impl Iterator<Item = Change>) -> Done {
    Ok(Outcome {
        changes: changes.collect(),
        ..nothing()
    })
}

fn instance(id: String) -> Change {
    added(id.clone(), id)
}

/// Adds so many instances.
pub fn add() -> Done {
    all((0..amount()).map(|number| instance(format!("i{number}"))))
}

/// Removes these, the first one first.
pub fn remove_all() -> Done {
    all((0..amount()).map(|number| Change::InstanceRemoved(format!("i{number}"))))
}

/// Adds an instance whose name has so many bytes.
pub fn long_name() -> Done {
    let length = usize::try_from(amount()).map_err(|error| error.to_string())?;
    all(std::iter::once(instance("n".repeat(length))))
}

/// An infinite number that is no text.
pub fn infinite_number() -> Done {
    changed(set(None, "key", Value::Number(f64::INFINITY)))
}

/// Fails with a message of so many bytes.
pub fn fail() -> Done {
    let length = usize::try_from(amount()).map_err(|error| error.to_string())?;
    Err("x".repeat(length))
}
