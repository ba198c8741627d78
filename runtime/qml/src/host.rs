//! QML's host: answers its requests.
//!
//! Policy: an answer is at least as new as the session was when QML asked, so that QML sees the
//! changes of other frontends at its next call. QML assumes that every call succeeds. So a call
//! that failed becomes a failed result or, if QML ignores the result, the reason why the next
//! publish stops.

use serde_json::json;

use super::endpoint::{CallError, Endpoint, Find, SessionName, SessionOverview};
use super::feed::Feed;
use super::hand_over;
use super::message::{Request, ascii};
use super::mirror::{Mirror, QmlTarget, as_told};
use super::notice::Notice;
use super::shape::{QmlOutcome, QmlPlugin, REPAIR};
use pyblish_model::{Data, JsonText, Shape};
use pyblish_platform::identity;
use pyblish_report::text;

/// The version of Pyblish whose rules we follow.
const PYBLISH_VERSION: &str = "1.8.12";

/// How often a change is tried when other clients change the same thing.
const TRIES: usize = 5;

/// The answer of calls without a value.
const NOTHING: &str = "null";

/// Acts as QML's host: answers its requests from a session of a running server.
pub struct QmlHost {
    endpoint: Endpoint,
    feed: Feed,
    /// The session at the latest read.
    revision: u64,
    /// The number of requests so far.
    calls: u64,
    /// Why nothing else may be done until QML resets.
    trouble: Option<String>,
    /// Shown instead of everything else, after a failed reset.
    notice: Option<Notice>,
    /// Why the endpoint is gone, if it is.
    lost: Option<String>,
    closing: bool,
}

impl QmlHost {
    /// Connects to a session of the server that `find` returns.
    ///
    /// # Errors
    /// There is no such server, or no such session.
    pub fn open(find: Find, session: SessionName) -> Result<Self, CallError> {
        let mut host = QmlHost {
            endpoint: Endpoint::open(find, session)?,
            feed: Feed::new(),
            revision: 0,
            calls: 0,
            trouble: None,
            notice: None,
            lost: None,
            closing: false,
        };
        host.sync()?;
        Ok(host)
    }

    /// The name of the host.
    ///
    /// # Errors
    /// The endpoint does not say.
    pub fn label(&mut self) -> Result<String, CallError> {
        let look = self.endpoint.look()?;
        Ok(look.hosts.into_iter().next().unwrap_or(look.adapter))
    }

    /// Whether the user has closed the window.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// Why the endpoint is gone, if it is.
    pub fn lost(&mut self) -> Option<String> {
        if self.lost.is_none()
            && let Err(error) = self.endpoint.look()
        {
            self.failed(&error);
        }
        self.lost.take()
    }

    /// The answer to a request that cannot be read.
    pub fn not_understood(&mut self, reason: &str) -> String {
        self.trouble(format!("the request of QML cannot be read: {reason}"));
        NOTHING.into()
    }

    /// The answer to a request of QML: JSON in ASCII.
    pub fn answer(&mut self, request: &Request) -> String {
        self.calls += 1;
        let argument = |place, name| request.argument(place, name);
        match request.name.as_str() {
            "ping" => json!({"message": "Hello, whomever you are"}).to_string(),
            "stats" => json!({"totalRequestCount": self.calls}).to_string(),
            "reset" => self.reset(),
            "context" => self.context(),
            "discover" => self.discover(),
            "test" => self.test(&argument(0, "nextOrder"), &argument(1, "ordersWithError")),
            "process" => self.process(
                &argument(0, "plugin"),
                &argument(1, "instance"),
                &argument(2, "action"),
            ),
            "repair" => self.repair(&argument(0, "plugin"), &argument(1, "instance")),
            "emit" => self.emit(&argument(0, "signal"), &argument(1, "kwargs")),
            "update" => self.update(&argument(0, "key"), &argument(1, "value")),
            other => {
                let reason = format!(
                    "QML called {other:?}, which is unknown here; install pyblish-qml 1.11.5"
                );
                self.trouble(reason);
                NOTHING.into()
            }
        }
    }

    fn reset(&mut self) -> String {
        (self.trouble, self.notice) = (None, None);
        if let Err(error) = self.begin_anew() {
            let reason = self.failed(&error);
            self.notice = Some(Notice::of(&reason));
            // The notice shows the reason, but QML must process it to see it fail.
            self.trouble = None;
        }
        NOTHING.into()
    }

    fn begin_anew(&mut self) -> Result<(), CallError> {
        match self.endpoint.reset() {
            Err(error) if error.may_be_elsewhere() => {
                self.endpoint.reopen()?;
                self.feed.read_anew();
                self.endpoint.reset()?;
            }
            reset => reset?,
        }
        self.lost = None;
        let look = self.sync()?;
        for broken in look.broken {
            tracing::warn!(
                "the plug-in file {} cannot be used: {}",
                broken.file,
                broken.message
            );
        }
        self.feed.with(Mirror::forget_gone);
        Ok(())
    }

    fn context(&mut self) -> String {
        if self.notice.is_some() {
            return self.feed.with(|mirror| mirror.bare());
        }
        self.look_after();
        self.feed.with(Mirror::context).to_string()
    }

    fn discover(&mut self) -> String {
        if let Some(notice) = &self.notice {
            return format!("[{}]", notice.plugin);
        }
        self.look_after();
        self.feed.with(Mirror::discovered).to_string()
    }

    /// Why a publish may not continue; none if it may.
    fn test(&self, next_order: &JsonText, orders: &JsonText) -> String {
        let orders: Vec<f64> = match orders.shape() {
            Shape::List(orders) => orders.filter_map(|order| number(&order)).collect(),
            _ => Vec::new(),
        };
        let next = number(&next_order.shape()).unwrap_or(f64::NAN);
        let stop = || pyblish_rules::stop_test(next, &orders).map(|stop| stop.to_string());
        ascii(json!(self.trouble.clone().or_else(stop)).to_string())
    }

    fn process(&mut self, plugin: &JsonText, instance: &JsonText, action: &JsonText) -> String {
        let action = action.as_str();
        let comment = self.feed.with(|mirror| mirror.comment().into_owned());
        self.work(plugin, instance, |endpoint, plugin, instance| {
            let Some(action) = action.as_deref() else {
                return endpoint.process(plugin, instance);
            };
            if let Some(place) = hand_over::place(action) {
                return hand_over::hand_over(endpoint, place, &comment);
            }
            match action {
                REPAIR => repair_all(endpoint, plugin),
                action => endpoint.act(plugin, action),
            }
        })
    }

    fn repair(&mut self, plugin: &JsonText, instance: &JsonText) -> String {
        self.work(plugin, instance, Endpoint::repair)
    }

    /// The result of a pair, also if the call failed.
    fn work(
        &mut self,
        plugin: &JsonText,
        instance: &JsonText,
        call: impl FnOnce(&mut Endpoint, &str, Option<&str>) -> Result<QmlOutcome, CallError>,
    ) -> String {
        let name = |thing: &JsonText| match thing.get("id") {
            Some(Shape::Text(id)) => id.into_owned(),
            _ => String::new(),
        };
        let plugin_name = name(plugin);
        let instance_name = (!instance.is_null()).then(|| name(instance));
        if let Some(notice) = &self.notice
            && notice.is(&plugin_name)
        {
            return QmlOutcome::not_done(notice.reason()).json(&notice.plugin, None);
        }
        let outcome = match self.meant(&plugin_name, instance_name.as_deref()) {
            Ok((plugin, instance)) => call(&mut self.endpoint, &plugin, instance.as_deref()),
            Err(reason) => Err(CallError::Choice(reason)),
        };
        let outcome = outcome.unwrap_or_else(|error| QmlOutcome::not_done(&self.failed(&error)));
        let before = |thing: Option<QmlTarget>, told: &JsonText| {
            thing.map_or_else(|| as_told(told), |thing| thing.json)
        };
        // An instance that the plug-in removed is described as it was.
        let was = instance_name
            .as_deref()
            .map(|id| before(self.feed.with(|mirror| mirror.instance(id)), instance));
        self.look_after();
        self.feed.with(|mirror| {
            let plugin = before(mirror.plugin(&plugin_name), plugin);
            let now = instance_name.as_deref().and_then(|id| mirror.instance(id));
            let instance = now.map(|now| now.json).or(was);
            outcome.json(&plugin, instance.as_deref())
        })
    }

    /// The ids at the endpoint of this plug-in and instance, if both still exist.
    fn meant(
        &self,
        plugin: &str,
        instance: Option<&str>,
    ) -> Result<(String, Option<String>), String> {
        self.feed.with(|mirror| {
            let found = mirror.plugin(plugin).and_then(|found| found.id);
            let found = found.ok_or_else(|| {
                format!("there is no plug-in {plugin:?} any more: the plug-ins were discovered again; reset")
            })?;
            let on = instance.map(|id| {
                let on = mirror.instance(id).and_then(|on| on.id);
                on.ok_or_else(|| {
                    format!("there is no instance {id:?} any more: it was removed or the session was reset; reset")
                })
            });
            Ok((found, on.transpose()?))
        })
    }

    fn emit(&mut self, signal: &JsonText, arguments: &JsonText) -> String {
        let signal = &*signal.as_str().unwrap_or_default();
        // Without arguments there is nothing to call it with.
        let arguments: Data = serde_json::from_str(arguments.text()).unwrap_or_default();
        let value = arguments.get("new_value").cloned().unwrap_or_default();
        let id = |name: &str| arguments.get(name).and_then(JsonText::as_str);
        let done = match (signal, id("plugin").as_deref(), id("instance").as_deref()) {
            ("pluginToggled", Some(plugin), _) => {
                let meant = self.meant(plugin, None).map_err(CallError::Choice);
                meant.and_then(|(plugin, _)| {
                    self.change(|endpoint, revision| {
                        endpoint.toggle_plugin(&plugin, &value, revision)
                    })
                })
            }
            ("instanceToggled", _, Some(instance)) => {
                let found = self.feed.with(|mirror| mirror.instance(instance)?.id);
                match found {
                    Some(id) => self.change(|endpoint, revision| {
                        endpoint.set(&id, "publish", &value, revision)
                    }),
                    None => Err(CallError::Choice(format!(
                        "there is no instance {instance:?} any more; reset"
                    ))),
                }
            }
            _ => {
                self.closing |= signal.starts_with("pyblishQmlClose");
                // A failed callback does not affect what is published, so the publish continues.
                if let Err(error) = self.endpoint.emit(signal, &arguments) {
                    tracing::warn!("the host was not notified of {signal}: {error}");
                    self.note(&error);
                }
                return NOTHING.into();
            }
        };
        self.done(done)
    }

    fn update(&mut self, key: &JsonText, value: &JsonText) -> String {
        let key = &*key.as_str().unwrap_or_default();
        // QML sends its data at each reset.
        let same = self
            .feed
            .with(|mirror| key == "comment" && value.as_str() == Some(mirror.comment()));
        if same || self.notice.is_some() {
            return NOTHING.into();
        }
        let done = self.change(|endpoint, revision| endpoint.set_context(key, value, revision));
        self.done(done)
    }

    /// Makes a change as the user wants it, even if other clients changed the same thing meanwhile.
    fn change(
        &mut self,
        change: impl Fn(&mut Endpoint, u64) -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        let mut tries = 1;
        loop {
            self.sync()?;
            match change(&mut self.endpoint, self.revision) {
                Err(error) if error.is_conflict() && tries < TRIES => tries += 1,
                done => return done,
            }
        }
    }

    fn done(&mut self, done: Result<(), CallError>) -> String {
        if let Err(error) = done {
            self.failed(&error);
        }
        NOTHING.into()
    }

    /// Brings the mirror up to date with the session; if that fails, it stays as it was.
    fn look_after(&mut self) {
        if let Err(error) = self.sync() {
            self.failed(&error);
        }
    }

    fn sync(&mut self) -> Result<SessionOverview, CallError> {
        let mut reason = None;
        for _ in 0..TRIES {
            if self.feed.stale().is_some() {
                self.read()?;
            }
            let look = self.endpoint.look()?;
            self.revision = look.revision;
            if !self.feed.wait(look.sequence) {
                reason = self.feed.stale();
                continue;
            }
            if self.feed.take_plugins() {
                let plugins = self.plugins(&look)?;
                self.feed.with(|mirror| mirror.set_plugins(plugins));
            }
            return Ok(look);
        }
        Err(CallError::NoEvents(reason.unwrap_or_default()))
    }

    /// Reads the whole session, and follows its events from then on.
    fn read(&mut self) -> Result<(), CallError> {
        let look = self.endpoint.look()?;
        let mut mirror = Mirror::new(self.beside(&look));
        mirror.set_plugins(self.plugins(&look)?);
        let data = self.endpoint.context()?;
        mirror.set_context(data, self.endpoint.instances()?);
        let events = self.endpoint.events(look.sequence)?;
        self.feed.begin(mirror, look.sequence, events);
        Ok(())
    }

    fn plugins(&mut self, look: &SessionOverview) -> Result<Vec<QmlPlugin>, CallError> {
        let mut plugins = self.endpoint.plugins()?;
        hand_over::offer(&mut plugins, &look.job_places);
        Ok(plugins)
    }

    /// The data that QML's own host adds to the context.
    fn beside(&self, look: &SessionOverview) -> Data {
        let (date, time) = text::utc(look.connected).unwrap_or_default();
        let all = [
            ("host", json!(look.hosts.join(", "))),
            (
                "port",
                self.endpoint.port().map_or(json!(-1), |port| json!(port)),
            ),
            ("user", json!(identity::user().unwrap_or_default())),
            ("connectTime", json!(format!("{date}T{time}Z"))),
            ("pyblishVersion", json!(PYBLISH_VERSION)),
            // The host's Python is not known, and there may be none. QML shows this value.
            ("pythonVersion", json!("-")),
        ];
        let all = all.into_iter();
        all.map(|(key, value)| (key.to_owned(), value.into()))
            .collect()
    }

    /// Notes the error of a failed call; nothing else is done then until QML resets.
    fn failed(&mut self, error: &CallError) -> String {
        self.note(error);
        self.trouble(error.to_string())
    }

    fn trouble(&mut self, reason: String) -> String {
        tracing::warn!("{reason}");
        self.trouble.get_or_insert_with(|| reason.clone());
        reason
    }

    fn note(&mut self, error: &CallError) {
        if error.is_gone() {
            let address = self.endpoint.address();
            self.lost
                .get_or_insert_with(|| format!("the endpoint at {address} has ended: {error}"));
        }
    }
}

fn number(shape: &Shape<'_>) -> Option<f64> {
    match shape {
        Shape::Number(number) => number.parse().ok(),
        _ => None,
    }
}

/// Lets a plug-in repair everything that it failed on.
fn repair_all(endpoint: &mut Endpoint, plugin: &str) -> Result<QmlOutcome, CallError> {
    let mut all = QmlOutcome::default();
    for instance in endpoint.failed(plugin)? {
        all = all.and(endpoint.repair(plugin, instance.as_deref())?);
    }
    Ok(all)
}
