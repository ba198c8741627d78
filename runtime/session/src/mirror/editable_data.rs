use std::collections::HashMap;

use pyblish_model::{Data, JsonText};

/// Data in which setting or removing a key takes constant time. As in [`Data`], a key that is set
/// again keeps its position, and one that is set after it was removed comes last.
#[derive(Debug, Default)]
pub(super) struct EditableData {
    /// In their order, with holes where keys were removed.
    entries: Vec<Option<(String, JsonText)>>,
    /// Where each key is in `entries`.
    positions: HashMap<String, usize>,
}

impl EditableData {
    /// Sets a key. Returns the value that it had.
    pub(super) fn set(&mut self, key: String, value: JsonText) -> Option<JsonText> {
        if let Some(position) = self.positions.get(&key)
            && let Some((_, old)) = &mut self.entries[*position]
        {
            return Some(std::mem::replace(old, value));
        }
        self.positions.insert(key.clone(), self.entries.len());
        self.entries.push(Some((key, value)));
        None
    }

    /// Removes a key. Returns the value that it had.
    pub(super) fn unset(&mut self, key: &str) -> Option<JsonText> {
        let position = self.positions.remove(key)?;
        Some(self.entries[position].take()?.1)
    }
}

impl From<Data> for EditableData {
    fn from(data: Data) -> Self {
        let mut editable = EditableData::default();
        for (key, value) in data {
            editable.set(key, value);
        }
        editable
    }
}

impl From<EditableData> for Data {
    fn from(editable: EditableData) -> Self {
        editable.entries.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_is_kept() {
        let data = Data::from_iter(["a", "b", "c"].map(|key| (key.to_owned(), json!(key).into())));
        let mut editable = EditableData::from(data);
        assert_eq!(editable.unset("a"), Some(json!("a").into()));
        assert_eq!(editable.unset("a"), None);
        assert_eq!(editable.set("a".into(), json!(1).into()), None);
        assert_eq!(
            editable.set("b".into(), json!(2).into()),
            Some(json!("b").into())
        );
        let data = Data::from(editable);
        let expected = json!({"b": 2, "c": "c", "a": 1});
        assert_eq!(json!(data).to_string(), expected.to_string());
    }
}
