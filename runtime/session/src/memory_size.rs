//! How many bytes a session keeps in memory for an instance or a result. The numbers are estimates:
//! good enough to hold the limits `context-data` and `result-data` to.

use pyblish_model::{
    Context, Data, Failure, Instance, JsonText, PairResult, Record, Selection, SmolStr,
    SourceLocation,
};

/// Bytes of an instance without its texts, wherever the session keeps something of it.
const INSTANCE: usize = 512;

/// Bytes of a text, a value or a key without what is in it.
const NODE: usize = 64;

/// Bytes of a result without its texts, with what is counted of it.
const RESULT: usize = 512;

/// Bytes of a record or a failure without its texts.
const RECORD: usize = 200;

pub(crate) fn context(context: &Context) -> usize {
    let instances = context.instances.iter();
    data(&context.data) + instances.map(|it| instance(it)).sum::<usize>()
}

pub(crate) fn instance(instance: &Instance) -> usize {
    let data = data(&instance.data);
    // The id is a key in three places.
    let own = 4 * instance.id.0.len() + instance.name.len() + members(&instance.members);
    INSTANCE + own + selection(instance.selection.as_deref()) + data
}

/// How the rules see an instance, where the host says it.
pub(crate) fn selection(selection: Option<&Selection>) -> usize {
    selection.map_or(0, |selection| members(&selection.families))
}

pub(crate) fn members(members: &[String]) -> usize {
    members.iter().map(|member| NODE + member.len()).sum()
}

fn data(data: &Data) -> usize {
    data.iter().map(|(key, value)| entry(key, value)).sum()
}

/// One key of the context's data or of an instance's, with its value.
pub(crate) fn entry(key: &str, value: &JsonText) -> usize {
    2 * NODE + key.len() + value.text().len()
}

pub(crate) fn result(result: &PairResult) -> usize {
    let records: usize = result.records.iter().map(record).sum();
    let ids = [
        result.plugin_id.as_ref().map(|id| id.0.len()),
        result.instance_id.as_ref().map(|id| id.0.len()),
        result.instance.as_ref().map(SmolStr::len),
    ];
    let ids: usize = ids.into_iter().flatten().sum();
    RESULT + ids + result.plugin.len() + records + result.failure.as_ref().map_or(0, failure)
}

fn record(record: &Record) -> usize {
    let texts = record.message.len() + record.logger.len() + text(&record.traceback);
    RECORD + texts + location(&record.location)
}

fn failure(failure: &Failure) -> usize {
    let more = text(&failure.title) + text(&failure.detail) + text(&failure.traceback);
    RECORD + failure.message.len() + failure.kind.len() + more + location(&failure.location)
}

fn location(location: &Option<SourceLocation>) -> usize {
    location.as_ref().map_or(0, |location| {
        location.file.len() + text(&location.function) + text(&location.text)
    })
}

fn text(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}
