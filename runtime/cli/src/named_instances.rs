//! Instances by their names.

use std::collections::HashSet;

use crate::exit::UsageError;
use crate::text::there_are;
use pyblish_model::{Context, InstanceId};

/// The instances with these names.
///
/// # Errors
/// There is none of a name. The text has those that there are.
pub fn named_instances(
    context: &Context,
    names: &[String],
) -> Result<HashSet<InstanceId>, UsageError> {
    let mut ids = HashSet::new();
    for name in names {
        let before = ids.len();
        ids.extend(context.named(name).map(|instance| instance.id.clone()));
        if ids.len() == before && context.named(name).next().is_none() {
            let known = context.instances.iter();
            let known = there_are(known.map(|instance| instance.name.as_str()));
            return Err(UsageError(format!(
                "no instance {name:?} was collected; {known}"
            )));
        }
    }
    Ok(ids)
}
