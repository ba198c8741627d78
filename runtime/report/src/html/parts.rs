//! Parts that several sections of the page write: names, stages, and the instance of a pair.

use super::super::markup::Markup;
use super::super::text::cut;
use pyblish_model::Mode;
use pyblish_rules::Stage;

/// The most bytes of a name; the style sheet shows less of it.
pub(super) const MOST_NAME: usize = 1_000;

/// The name of a stage for users.
pub(super) fn stage_label(stage: Option<Stage>) -> &'static str {
    match stage {
        Some(Stage::Collect) => "Collect",
        Some(Stage::Validate) => "Validate",
        Some(Stage::Extract) => "Extract",
        Some(Stage::Integrate) => "Integrate",
        None => "Other",
    }
}

/// The class that gives a stage its colour.
pub(super) fn stage_class(stage: Option<Stage>) -> &'static str {
    match stage {
        Some(Stage::Collect) => "collect",
        Some(Stage::Validate) => "validate",
        Some(Stage::Extract) => "extract",
        Some(Stage::Integrate) => "integrate",
        None => "other",
    }
}

/// The instance of a pair, as an entry of a list or a cell; and its mode, if it is not `process`.
pub(super) fn write_instance(page: &mut Markup, instance: Option<&str>, mode: &Mode) {
    match instance {
        Some(name) => page.name(cut(name, MOST_NAME)),
        None => page.raw("<span class=\"muted\">Context</span>"),
    };
    match mode {
        Mode::Process => {}
        Mode::Repair => {
            page.raw(" <span class=\"muted\">(repair)</span>");
        }
        Mode::Action(action) => {
            page.raw(" <span class=\"muted\">(action ");
            page.name(cut(action, MOST_NAME)).raw(")</span>");
        }
    }
}
