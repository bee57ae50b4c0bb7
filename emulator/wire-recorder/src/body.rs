//! Reads the start of a body, and returns a body with the same frames.
//!
//! The recorder must see a body in order to name the credentials in it, and the receiver, a handler or a browser, must get the same frames,
//! the same length and the same error that were sent. A body that is too long is never held in memory as a whole.

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The limit in bytes. A longer body is forwarded without being recorded: no request or response with a credential comes near this length.
const LIMIT: usize = 256 * 1024;

/// The body's bytes, and a body that yields the same frames as the given one. The bytes are `None` if the body is longer
/// than the limit or ends in an error; the receiver then gets the same error after the same bytes.
pub(crate) async fn peek(mut body: Body) -> (Option<Bytes>, Body) {
    let mut seen = Vec::new();
    let mut frames = Vec::new();
    let whole = loop {
        match poll_fn(|cx| http_body::Body::poll_frame(Pin::new(&mut body), cx)).await {
            None => break true,
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    seen.extend_from_slice(data);
                }
                frames.push(Ok(frame));
            }
            Some(Err(error)) => {
                frames.push(Err(error));
                break false;
            }
        }
        if seen.len() > LIMIT {
            break false;
        }
    };
    frames.reverse();
    (whole.then(|| seen.into()), Body::new(Replay { reversed: frames, rest: body }))
}

/// Yields the frames that `peek` has read, then the rest of the body.
struct Replay {
    /// The frames in reverse order, so that `pop` returns them in order.
    reversed: Vec<Result<Frame<Bytes>, axum::Error>>,
    rest: Body,
}

impl http_body::Body for Replay {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.reversed.pop() {
            Some(frame) => Poll::Ready(Some(frame)),
            None => Pin::new(&mut self.rest).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.reversed.is_empty() && self.rest.is_end_stream()
    }

    /// The hint is exact if the rest of the body has an exact size, because hyper makes `Content-Length` from this value.
    fn size_hint(&self) -> SizeHint {
        let read: u64 = self.reversed.iter().flatten().filter_map(Frame::data_ref).map(|it| it.len() as u64).sum();
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + read);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + read);
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_short_body_is_seen_and_passed_on() {
        let (seen, body) = peek(Body::from("text")).await;
        assert_eq!(seen.as_deref(), Some(b"text".as_slice()));
        assert_eq!(http_body::Body::size_hint(&body).exact(), Some(4));
        assert_eq!(axum::body::to_bytes(body, 100).await.unwrap(), "text");
    }

    #[tokio::test]
    async fn a_long_body_is_passed_on_unseen_and_whole() {
        let long = vec![7; LIMIT * 3];
        let (seen, body) = peek(Body::from(long.clone())).await;
        assert_eq!(seen, None);
        assert_eq!(axum::body::to_bytes(body, LIMIT * 4).await.unwrap(), long);
    }
}
