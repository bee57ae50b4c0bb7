//! How a tab ends that somebody else looks away from.

use crate::{Browser, Tab, browser::TIMEOUT};
use anyhow::{Context, ensure};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

impl Browser {
    /// Closes a tab that has not the focus.
    pub async fn close(&self, tab: &Tab) -> anyhow::Result<()> {
        self.devtools("Target.closeTarget", json!({"targetId": tab.0.to_string()})).await.map(drop)
    }

    /// Crashes a tab that has not the focus: none of its listeners gets to run. Then puts it away.
    pub async fn crash(&self, tab: &Tab) -> anyhow::Result<()> {
        // Not through chromedriver, which would wait for the answer of a tab that is gone.
        let address = self.driver.capabilities().get("goog:chromeOptions").and_then(|options| options["debuggerAddress"].as_str());
        let mut socket = TcpStream::connect(address.context("no DevTools")?).await?;
        let upgrade = format!(
            "GET /devtools/page/{} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
            tab.0
        );
        socket.write_all(upgrade.as_bytes()).await?;
        read_until(&mut socket, "\r\n\r\n").await?;
        socket.write_all(&frame(r#"{"id":1,"method":"Inspector.enable"}"#)).await?;
        socket.write_all(&frame(r#"{"id":2,"method":"Page.crash"}"#)).await?;
        read_until(&mut socket, "Inspector.targetCrashed").await?;
        self.close(tab).await
    }
}

/// A short WebSocket text message, masked with zeros, which change nothing.
fn frame(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).ok().filter(|length| *length < 126).expect("a short message");
    [&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat()
}

async fn read_until(socket: &mut TcpStream, end: &str) -> anyhow::Result<()> {
    let mut read = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&read).contains(end) {
            ensure!(socket.read_buf(&mut read).await? > 0, "DevTools hung up");
        }
        Ok(())
    };
    timeout(TIMEOUT, reading).await.with_context(|| format!("no {end:?} from DevTools"))?
}
