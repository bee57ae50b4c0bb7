//! The sockets that the emulator listens on.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::TcpListener;

/// Listens on one address, or on this machine's two loopback addresses with the same port: `[::1]` comes second, if `address` is 127.0.0.1
/// and the port is free there.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<Vec<TcpListener>> {
    let mut listeners = vec![TcpListener::bind(address).await?];
    if address.ip() == Ipv4Addr::LOCALHOST {
        let address = SocketAddr::from((Ipv6Addr::LOCALHOST, listeners[0].local_addr()?.port()));
        match TcpListener::bind(address).await {
            Ok(second) => listeners.push(second),
            Err(error) => tracing::warn!(%error, "does not listen on {address}, so clients should use 127.0.0.1 instead of localhost"),
        }
    }
    Ok(listeners)
}
