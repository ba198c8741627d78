//! What answers the requests of a connection: the server's [`pipeline`](super::pipeline), or the
//! routes of another crate.

use axum::extract::Request;
use axum::response::Response;

use super::connection_limiter::ConnectionState;

/// Answers requests. Cheap to clone, because each connection has one.
pub(crate) trait Answerer: Clone + Send + Sync + 'static {
    /// Answers a request that came on this connection.
    fn answer(
        &self,
        connection: &ConnectionState,
        request: Request,
    ) -> impl Future<Output = Response> + Send;
}
