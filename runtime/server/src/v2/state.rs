//! The data that every handler of v2 gets.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;

use super::cached_bodies::CachedBodies;
use super::problem::Problem;
use super::shapes::SessionShape;
use crate::access::Access;
use crate::blocking_pool::BlockingPool;
use crate::hub_jobs::HubJobs;
use crate::hub_progress::HubLookup;
use crate::served::ServedSessions;
use crate::traffic_limits::TrafficLimits;
use pyblish_session::{Session, SessionError, SessionManager, Snapshot};

/// How many large answers are created at a time, each on its own thread.
const POOL: usize = 16;

/// The data that every handler of v2 gets. Cheap to clone.
#[derive(Clone)]
pub(super) struct V2State {
    pub(super) sessions: Arc<SessionManager>,
    /// How far the studio's hub is; none without a hub.
    pub(super) hub: Option<HubLookup>,
    /// Who hands publishes over to it; none without a hub.
    pub(super) jobs: Option<Arc<dyn HubJobs>>,
    pub(super) bodies: CachedBodies,
    pub(super) access: Access,
    pub(super) traffic: TrafficLimits,
    /// The pool for answers that may be large.
    pub(super) pool: BlockingPool,
}

impl V2State {
    pub(super) fn new(served: ServedSessions, access: Access, traffic: TrafficLimits) -> Self {
        V2State {
            sessions: served.sessions,
            hub: served.hub,
            jobs: served.jobs,
            bodies: CachedBodies::default(),
            access,
            traffic,
            pool: BlockingPool::new(POOL),
        }
    }

    /// The session with this id, for a request that changes something; refused if it is closing.
    pub(super) fn session(&self, id: &str) -> Result<Session, Problem> {
        let session = self.listed(id)?;
        if session.is_closing() {
            return Err(SessionError::Closing.into());
        }
        Ok(session)
    }

    /// A session as it is sent.
    pub(super) fn shape(&self, id: &str, session: &Session) -> SessionShape {
        let progress = self.hub.as_ref().map(|hub| hub(id));
        let jobs = self.jobs.as_ref();
        let places = jobs.map(|jobs| jobs.places(id)).unwrap_or_default();
        SessionShape::of(id, session, progress.as_ref(), places)
    }

    /// The session with this id, which may be closing.
    pub(super) fn listed(&self, id: &str) -> Result<Session, Problem> {
        self.sessions.session(id).ok_or_else(|| {
            Problem::not_found(format!(
                "there is no session {id:?}; GET /pyblish/v2/sessions lists them"
            ))
        })
    }

    /// Answers with the JSON that `make` makes of the session's snapshot, from the cached bodies if
    /// one has this tag. `asked` is the path and query.
    pub(super) async fn cached_json<T: Serialize>(
        self,
        session: Session,
        headers: HeaderMap,
        asked: String,
        tag: impl FnOnce(&Snapshot) -> String + Send + 'static,
        make: impl FnOnce(&Snapshot) -> T + Send + 'static,
    ) -> Result<Response, Problem> {
        let V2State { pool, bodies, .. } = self;
        let answer = pool.run(move || {
            let snapshot = session.snapshot();
            bodies.json_with_etag(&headers, &asked, tag(&snapshot), || make(&snapshot))
        });
        Ok(answer.await?)
    }
}
