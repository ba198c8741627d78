use crate::Attribute;
use crate::bindings::pyblish::endpoint::model;

pub use model::{ActionCondition, MatchAlgorithm};

/// The order of each stage in Pyblish; orders up to a half below or above belong to the stage, too.
pub const COLLECT: f64 = 0.0;
pub const VALIDATE: f64 = 1.0;
pub const EXTRACT: f64 = 2.0;
pub const INTEGRATE: f64 = 3.0;

/// The description of a plug-in.
///
/// ```
/// use pyblish_sdk::Meta;
///
/// let meta = Meta::validator("ValidateName")
///     .label("Names")
///     .doc("Names are lower case.")
///     .families(["model", "rig"])
///     .optional();
/// ```
#[derive(Debug, Clone)]
pub struct Meta(pub(crate) model::Plugin, pub(crate) Vec<model::Attribute>);

impl Meta {
    /// A plug-in with this name and order, for all families, without a target yet.
    pub fn new(name: impl Into<String>, order: f64) -> Self {
        let name = name.into();
        let any = || vec!["*".to_owned()];
        let plugin = model::Plugin {
            id: name.clone(),
            name,
            label: None,
            doc: None,
            version: vec![0, 0, 1],
            order,
            families: any(),
            hosts: any(),
            targets: vec!["default".into()],
            matching: MatchAlgorithm::Intersection,
            optional: false,
            active: true,
            processes: model::Scope::empty(),
            repairs: model::Scope::empty(),
            actions: Vec::new(),
            base: "Plugin".into(),
            file: None,
            category: None,
            requires: None,
        };
        Meta(plugin, Vec::new())
    }

    pub fn collector(name: impl Into<String>) -> Self {
        Meta::new(name, COLLECT)
    }

    pub fn validator(name: impl Into<String>) -> Self {
        Meta::new(name, VALIDATE)
    }

    pub fn extractor(name: impl Into<String>) -> Self {
        Meta::new(name, EXTRACT)
    }

    pub fn integrator(name: impl Into<String>) -> Self {
        Meta::new(name, INTEGRATE)
    }

    /// An id that differs from the name, for plug-ins with the same name.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.0.id = id.into();
        self
    }

    /// What frontends show instead of the name.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.0.label = Some(label.into());
        self
    }

    /// What it is for, in words for artists.
    pub fn doc(mut self, doc: impl Into<String>) -> Self {
        self.0.doc = Some(doc.into());
        self
    }

    pub fn version(mut self, version: impl Into<Vec<u32>>) -> Self {
        self.0.version = version.into();
        self
    }

    pub fn order(mut self, order: f64) -> Self {
        self.0.order = order;
        self
    }

    pub fn families<F: Into<String>>(mut self, families: impl IntoIterator<Item = F>) -> Self {
        self.0.families = texts(families);
        self
    }

    pub fn hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.0.hosts = texts(hosts);
        self
    }

    pub fn targets<T: Into<String>>(mut self, targets: impl IntoIterator<Item = T>) -> Self {
        self.0.targets = texts(targets);
        self
    }

    pub fn matching(mut self, algorithm: MatchAlgorithm) -> Self {
        self.0.matching = algorithm;
        self
    }

    /// A frontend may offer to leave it out.
    pub fn optional(mut self) -> Self {
        self.0.optional = true;
        self
    }

    /// Whether it runs at all; true by default.
    pub fn active(mut self, active: bool) -> Self {
        self.0.active = active;
        self
    }

    pub fn action(mut self, action: Action) -> Self {
        self.0.actions.push(action.0);
        self
    }

    /// A setting that users can change. Plug-ins read it with [`Context::setting`].
    ///
    /// [`Context::setting`]: crate::Context::setting
    pub fn setting(mut self, attribute: Attribute) -> Self {
        let scope = model::AttributeScope::Plugin;
        self.1.push(attribute.of_scope(scope).0);
        self
    }

    /// A value of each instance that users can change. It is in the instance's data, by its key.
    pub fn instance_attribute(mut self, attribute: Attribute) -> Self {
        let scope = model::AttributeScope::Instance;
        self.1.push(attribute.of_scope(scope).0);
        self
    }

    /// The name of its base class, for frontends that know such names.
    pub fn base(mut self, base: impl Into<String>) -> Self {
        self.0.base = base.into();
        self
    }

    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.0.file = Some(file.into());
        self
    }

    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.0.category = Some(category.into());
        self
    }

    /// The version of Pyblish that it was written for, for example `pyblish>=1`.
    pub fn requires(mut self, requires: impl Into<String>) -> Self {
        self.0.requires = Some(requires.into());
        self
    }

    /// It can be run on the context.
    pub fn processes_context(mut self) -> Self {
        self.0.processes |= model::Scope::CONTEXT;
        self
    }

    /// It can be run on an instance.
    pub fn processes_instance(mut self) -> Self {
        self.0.processes |= model::Scope::INSTANCE;
        self
    }

    /// It can repair the context.
    pub fn repairs_context(mut self) -> Self {
        self.0.repairs |= model::Scope::CONTEXT;
        self
    }

    /// It can repair an instance.
    pub fn repairs_instance(mut self) -> Self {
        self.0.repairs |= model::Scope::INSTANCE;
        self
    }

    /// Sets its source location and its base class, unless they are set already.
    pub(crate) fn of_kind(mut self, base: &str) -> Self {
        if self.0.base == "Plugin" {
            self.0.base = base.into();
        }
        self
    }
}

/// An action that a plug-in offers to the user.
#[derive(Debug, Clone)]
pub struct Action(model::Action);

impl Action {
    /// An action that is always offered.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Action::of_kind(id, label, model::ActionKind::Action)
    }

    /// A separator line.
    pub fn separator(id: impl Into<String>) -> Self {
        Action::of_kind(id, "", model::ActionKind::Separator)
    }

    /// A heading.
    pub fn category(id: impl Into<String>, label: impl Into<String>) -> Self {
        Action::of_kind(id, label, model::ActionKind::Category)
    }

    /// When it is offered, by the state of its plug-in; always unless said otherwise.
    pub fn on(mut self, condition: ActionCondition) -> Self {
        self.0.condition = condition;
        self
    }

    /// The name of an icon of Font Awesome.
    pub fn icon(mut self, icon: impl Into<String>) -> Self {
        self.0.icon = Some(icon.into());
        self
    }

    fn of_kind(id: impl Into<String>, label: impl Into<String>, kind: model::ActionKind) -> Self {
        Action(model::Action {
            id: id.into(),
            label: label.into(),
            icon: None,
            kind,
            condition: ActionCondition::All,
        })
    }
}

fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}
