//! The steps of every request before it reaches a route, and of every answer afterwards.
//!
//! These are plain calls, not layers of the router: for each request, every layer copies everything
//! below it twice, which took as long as the rest of the answer.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::access::{Access, Admission};
use super::answerer::Answerer;
use super::body_reader::BodyReader;
use super::connection_limiter::ConnectionState;
use super::error_format::refused;
use super::headers;
use super::idempotent_answers::IdempotentAnswers;
use super::page;
use super::refusal::Refusal;
use super::traffic_limits::TrafficLimits;
use super::v2::known_queries::KnownQueries;

/// The routes, and the checks before them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pipeline(Arc<Steps>);

struct Steps {
    access: Access,
    traffic: TrafficLimits,
    body: BodyReader,
    queries: KnownQueries,
    answers: IdempotentAnswers,
    routes: TowerToHyperService<Router>,
}

impl Pipeline {
    pub(crate) fn new(
        access: Access,
        traffic: TrafficLimits,
        body: BodyReader,
        queries: KnownQueries,
        routes: Router,
    ) -> Self {
        Pipeline(Arc::new(Steps {
            access,
            traffic,
            body,
            queries,
            answers: IdempotentAnswers::default(),
            routes: TowerToHyperService::new(routes),
        }))
    }
}

impl Answerer for Pipeline {
    /// Answers a request that came on this connection.
    ///
    /// The order matters. An unknown sender learns nothing about the routes, and does not use the
    /// limits of known clients. No route sees a request before it has arrived completely. Every
    /// answer, including errors, has the headers that keep browsers from misusing it.
    async fn answer(&self, connection: &ConnectionState, request: Request) -> Response {
        let uri = request.uri().clone();
        let reader = self.0.access.reader(&request);
        let answer = self.0.answer(connection, request).await;
        let mut answer = answer.unwrap_or_else(|refusal| refused(refusal, uri.path()));
        headers::complete(answer.headers_mut());
        reader.write(answer.headers_mut());
        answer
    }
}

impl Steps {
    async fn answer(
        &self,
        connection: &ConnectionState,
        mut request: Request,
    ) -> Result<Response, Refusal> {
        let client = match self.access.check(connection, &request)? {
            Admission::Client(client) => client,
            Admission::Answer(answer) => return Ok(answer),
            Admission::OldCode => return Ok(page::with_old_code()),
        };
        // This only measures the time until there is an answer. Sending it is up to the connection.
        let _permit = self.traffic.enter(client, &request)?;
        request.extensions_mut().insert(client);
        let request = self.body.receive(request).await?;
        self.queries.check(&request)?;
        let routes = self.routes.clone();
        let routed = move |request| async move {
            let Ok(answer) = routes.call(request).await;
            answer
        };
        self.answers.answer(request, routed).await
    }
}
