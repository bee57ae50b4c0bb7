//! A port for a server that starts later, or that ends and starts again.

use std::net::SocketAddr;
use tokio::net::TcpSocket;

/// A port of 127.0.0.1 that the system gives to nobody else until this value is dropped. Its socket does not listen, so the system refuses
/// connections to the port. A server can still listen on the port, because its socket and this one set `SO_REUSEADDR`.
pub struct ReservedPort {
    pub address: SocketAddr,
    _socket: TcpSocket,
}

impl ReservedPort {
    pub fn new() -> std::io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        Ok(Self { address: socket.local_addr()?, _socket: socket })
    }
}
