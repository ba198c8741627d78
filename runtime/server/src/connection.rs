//! One HTTP connection, from its first request to its last.
//!
//! It ends when the client closes it, when the client sends or reads nothing for too long, when it
//! is idle and another connection needs the slot, and when the server ends.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::answerer::Answerer;
use super::connection_limiter::{ConnectionSlot, RequestGuard};
use super::limits::ServerLimits;

/// The largest buffer, in bytes: for the head of a request, and for an answer that the client does
/// not read.
const BUFFER: usize = 64 << 10;

/// The data that every connection gets. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connection<A> {
    pub(crate) answerer: A,
    pub(crate) limits: ServerLimits,
    /// Becomes true when the server ends.
    pub(crate) ending: watch::Receiver<bool>,
}

impl<A: Answerer> Connection<A> {
    /// Answers the requests on this stream, until the connection ends.
    pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        stream: S,
        slot: ConnectionSlot,
    ) {
        let Connection {
            answerer,
            limits,
            mut ending,
        } = self;
        let (answerer, state) = (&answerer, &slot.state);
        let service = service_fn(|request: Request<Incoming>| {
            let guard = state.begin_request();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(limits.values);
            async move {
                let answer = answerer.answer(state, request).await;
                Ok::<_, std::convert::Infallible>(guarded(answer, guard))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.receive)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let told_to_end = async {
            tokio::select! {
                () = slot.state.closed_for_another() => {}
                // An error means that the server is gone, which is an end, too.
                _ = ending.wait_for(|ending| *ending) => {}
            }
        };
        let mut told_to_end = pin!(told_to_end);
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => ended,
            () = told_to_end.as_mut() => {
                if slot.state.is_idle() {
                    return;
                }
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            // Clients may go away at any time.
            tracing::debug!("a connection ended early: {error}");
        }
    }
}

/// The body of an answer. The request counts as in progress until all of the body was handed over.
struct GuardedBody {
    body: Body,
    _guard: RequestGuard,
}

fn guarded(answer: Response<Body>, guard: RequestGuard) -> Response<GuardedBody> {
    answer.map(|body| GuardedBody {
        body,
        _guard: guard,
    })
}

impl hyper::body::Body for GuardedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
