//! The server: a listener, who may use it, and its limits.

use std::sync::Arc;

use super::accept_loop::AcceptLoop;
use super::access::{Access, Secret};
use super::bad_port::browsers_refuse;
use super::hub_jobs::HubJobs;
use super::hub_progress::HubLookup;
use super::limits::ServerLimits;
use super::listener::BoundListener;
use super::metrics::{HistoryBytes, Metrics, follow};
use super::page::PageDefaults;
use super::routes::{self, Counting};
use super::served::ServedSessions;
use super::traffic_limits::TrafficLimits;
use pyblish_session::{Session, SessionManager};

/// A server that already listens, and answers once [`serve`](Server::serve) runs.
pub struct Server {
    listener: BoundListener,
    access: Access,
    limits: ServerLimits,
    defaults: PageDefaults,
    hub: Option<HubLookup>,
    jobs: Option<Arc<dyn HubJobs>>,
    metrics: Option<HistoryBytes>,
}

impl Server {
    /// A server on this listener. Without a token everybody who reaches it may use it.
    pub fn new(listener: BoundListener, token: Option<Secret>, limits: ServerLimits) -> Self {
        let (names, tls) = (listener.names.clone(), listener.tls.is_some());
        Server {
            access: Access::new(names, listener.port, tls, token),
            listener,
            limits,
            defaults: PageDefaults::default(),
            hub: None,
            jobs: None,
            metrics: None,
        }
    }

    /// The same with these defaults of the page.
    pub fn with_page(mut self, defaults: PageDefaults) -> Self {
        self.defaults = defaults;
        self
    }

    /// The same where sessions show how far the studio's hub is with them.
    pub fn with_hub(mut self, hub: HubLookup) -> Self {
        self.hub = Some(hub);
        self
    }

    /// The same where publishes can be handed over to the studio's hub.
    pub fn with_jobs(mut self, jobs: Arc<dyn HubJobs>) -> Self {
        self.jobs = Some(jobs);
        self
    }

    /// The same with metrics, which this token gives access to, and nothing else. `history` says how
    /// many bytes the histories have.
    pub fn with_metrics(mut self, token: Secret, history: HistoryBytes) -> Self {
        self.access = self.access.with_metrics_token(token);
        self.metrics = Some(history);
        self
    }

    /// A new address of the page, which gives access to one browser; none if browsers cannot open
    /// the port, or if the server listens on a unix socket.
    ///
    /// # Errors
    /// The system gives no random bytes for the code.
    pub fn new_page_url(&self) -> Result<Option<String>, getrandom::Error> {
        if browsers_refuse(self.listener.port) {
            return Ok(None);
        }
        let path = self.access.new_page_path()?;
        Ok(Some(format!("{}{path}", self.listener.url)))
    }

    /// Answers requests: v1 for `session`, v2 for all `sessions`.
    ///
    /// When `told_to_end` completes, the server starts nothing new, but still answers reads. When
    /// `finished` completes after that, it closes the listener, lets current requests finish within
    /// `--drain`, and closes the rest.
    pub async fn serve(
        self,
        sessions: Arc<SessionManager>,
        session: Session,
        told_to_end: impl Future<Output = ()>,
        finished: impl Future<Output = ()>,
    ) {
        let Server {
            listener,
            access,
            limits,
            defaults,
            hub,
            jobs,
            metrics,
        } = self;
        let traffic = TrafficLimits::new(limits);
        let port = listener.port;
        let counting = metrics.map(|history| Counting {
            metrics: Metrics::default(),
            history,
        });
        let following = counting
            .as_ref()
            .map(|counting| tokio::spawn(follow(sessions.clone(), counting.metrics.clone())));
        let sessions = ServedSessions {
            sessions,
            hub,
            jobs,
        };
        let pipeline = routes::pipeline(
            sessions,
            session,
            port,
            access,
            traffic.clone(),
            defaults,
            counting,
        );
        let ended = async {
            told_to_end.await;
            traffic.end();
            finished.await;
        };
        let accept_loop = AcceptLoop::new(listener.listener, listener.tls, pipeline, limits);
        accept_loop.run(ended).await;
        if let Some(following) = following {
            following.abort();
        }
    }
}
