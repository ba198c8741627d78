//! One connection, from its first request to its last. It ends when its client says so or goes away, is silent or
//! deaf for too long, when it is idle and somebody else needs the room, and when the server does.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::body;
use super::crowd::{Guest, Visit};
use super::limits::Limits;

/// Bytes of a request's head, and of an answer that the client does not take, that are kept at most.
const BUFFER: usize = 64 << 10;

/// What every connection has.
#[derive(Clone)]
pub struct Talk {
    pub routes: Router,
    pub limits: Limits,
    /// Whether the server is to end.
    pub ending: watch::Receiver<bool>,
}

impl Talk {
    /// Answers the requests that come this way.
    pub async fn with<S: AsyncRead + AsyncWrite + Unpin>(self, stream: S, guest: Guest) {
        let Talk {
            routes,
            limits,
            mut ending,
        } = self;
        let (routes, state) = (TowerToHyperService::new(routes), guest.state.clone());
        let service = service_fn(|request: Request<Incoming>| {
            let visit = state.begin();
            let mut request = request.map(|body| body::limited(body, &limits));
            request.extensions_mut().insert(state.clone());
            let answer = routes.call(request);
            async move {
                let answer = answer.await?;
                Ok::<_, std::convert::Infallible>(visited(answer, visit))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.receive)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let last_request = async {
            tokio::select! {
                () = guest.state.told_to_leave() => {}
                // The server is gone, which is an end too.
                _ = ending.wait_for(|ending| *ending) => {}
            }
        };
        let mut last_request = pin!(last_request);
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => ended,
            () = last_request.as_mut() => {
                if guest.state.gives_way() {
                    return;
                }
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            // A client that goes away is no trouble of ours.
            tracing::debug!("a connection ended early: {error}");
        }
    }
}

/// An answer that counts as under way until its body was handed over.
struct Visited {
    body: Body,
    _visit: Visit,
}

fn visited(answer: Response<Body>, visit: Visit) -> Response<Visited> {
    answer.map(|body| Visited {
        body,
        _visit: visit,
    })
}

impl hyper::body::Body for Visited {
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
