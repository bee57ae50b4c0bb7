//! A client that hangs up before the answer and waits until the server has noticed. An ordinary client does not wait.

use crate::test_cluster::HANG_GUARD;
use reqwest::{Body, RequestBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request in flight on its own connection.
pub(crate) struct Caller(TcpStream);

impl Caller {
    pub(crate) async fn send(request: RequestBuilder) -> Self {
        let request = request.build().unwrap();
        let (url, body) = (request.url(), request.body().and_then(Body::as_bytes).unwrap_or_default());
        let mut head = format!("{} {} HTTP/1.1\r\ncontent-length: {}\r\n", request.method(), url.path(), body.len());
        for (name, value) in request.headers() {
            head += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await.unwrap();
        stream.write_all(&[head.as_bytes(), b"\r\n", body].concat()).await.unwrap();
        Self(stream)
    }

    /// Hangs up, and waits until the server closes its side of the connection. The server does so when it drops the request.
    pub(crate) async fn hang_up(mut self) {
        self.0.shutdown().await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(HANG_GUARD, self.0.read_to_end(&mut answer))
            .await
            .expect("the server did not notice that the client hung up")
            .unwrap();
        assert!(answer.is_empty(), "the server answered before the client hung up: {}", String::from_utf8_lossy(&answer));
    }
}
