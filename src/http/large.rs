//! Answers that are larger than most: each stays in memory until its peer has read it, so they take
//! turns from the moment they are made. Streams have turns of their own, and are never in memory whole.

use hyper::body::{Body as _, Bytes};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, http::Method};

use super::{auth::origin, call::shared, turns::Turn};

/// Bytes that an answer may have without a turn.
const SMALL: u64 = 256 << 10;

pub struct LargeAnswers;

impl<E: Endpoint> Middleware<E> for LargeAnswers {
    type Output = LargeAnswersEndpoint<E>;
    fn transform(&self, inner: E) -> Self::Output {
        LargeAnswersEndpoint(inner)
    }
}

pub struct LargeAnswersEndpoint<E>(E);

impl<E: Endpoint> Endpoint for LargeAnswersEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        // What was done is told, however long it takes to tell.
        if *request.method() != Method::GET {
            return self.0.call(request).await.map(IntoResponse::into_response);
        }
        let shared = shared(&request)?.clone();
        let origin = origin(&request, shared.portal.config());
        let mut response = self.0.call(request).await?.into_response();
        let (size, body) = measured(response.take_body());
        if size.is_none_or(|size| size <= SMALL) {
            response.set_body(body);
            return Ok(response);
        }
        match shared.large_answer(&origin.map(|ip| ip.to_string()).unwrap_or_default()).await {
            Ok(turn) => {
                response.set_body(Bytes::from_owner(Held { bytes: body.into_bytes().await?, _turn: turn }))
            }
            Err(refusal) => response = refusal.into_response(),
        }
        Ok(response)
    }
}

/// The bytes of an answer, for as long as anybody holds them.
struct Held {
    bytes: Bytes,
    _turn: Turn,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// How large a body is, if that is known before it is read. poem keeps that to itself.
fn measured(body: Body) -> (Option<u64>, Body) {
    let body = hyper::Response::from(body.into_response()).into_body();
    (body.size_hint().exact(), Body::from(body))
}
