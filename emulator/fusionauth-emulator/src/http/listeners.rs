//! The sockets that the emulator listens on.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::{TcpListener, TcpStream};

/// One address, or this machine's two loopback addresses with the same port.
pub(crate) struct Listeners {
    first: TcpListener,
    /// `[::1]`, if `first` is 127.0.0.1 and the port is free there.
    second: Option<TcpListener>,
}

impl Listeners {
    pub(crate) async fn bind(address: SocketAddr) -> io::Result<Self> {
        let first = TcpListener::bind(address).await?;
        if address.ip() != Ipv4Addr::LOCALHOST {
            return Ok(Self { first, second: None });
        }
        let address = SocketAddr::from((Ipv6Addr::LOCALHOST, first.local_addr()?.port()));
        let second = TcpListener::bind(address).await;
        if let Err(error) = &second {
            tracing::warn!(%error, "does not listen on {address}, so clients should use 127.0.0.1 instead of localhost");
        }
        Ok(Self { first, second: second.ok() })
    }
}

/// The address of the client of a connection.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(super) SocketAddr);

impl Connected<IncomingStream<'_, Listeners>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Listeners>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Listener for Listeners {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        // axum's own listener waits a moment after an error, such as too many open files, and tries again.
        match &mut self.second {
            Some(second) => tokio::select! {
                accepted = Listener::accept(&mut self.first) => accepted,
                accepted = Listener::accept(second) => accepted,
            },
            None => Listener::accept(&mut self.first).await,
        }
    }

    /// The address that the emulator prints.
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.first.local_addr()
    }
}
