//! Closes or crashes a tab that does not have the focus, and simulates closing the whole browser.

use crate::{Browser, Tab, limits};
use anyhow::{Context, ensure};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

impl Browser {
    /// Changes the profile as closing the browser would: ends every page, and deletes session cookies. `others` are the tabs that do not
    /// have the focus.
    pub async fn close_and_start_again(&self, others: &[Tab]) -> anyhow::Result<()> {
        for tab in others {
            self.close(tab).await?;
        }
        self.leave().await?;
        let answer = self.devtools("Storage.getCookies", json!({})).await?;
        for cookie in answer["cookies"].as_array().into_iter().flatten().filter(|it| it["session"] == true) {
            let which = json!({"name": cookie["name"], "domain": cookie["domain"], "path": cookie["path"]});
            self.devtools("Network.deleteCookies", which).await?;
        }
        Ok(())
    }

    /// Closes a tab that does not have the focus.
    pub async fn close(&self, tab: &Tab) -> anyhow::Result<()> {
        self.devtools("Target.closeTarget", json!({"targetId": tab.0.to_string()})).await.map(drop)
    }

    /// Crashes a tab that does not have the focus, so that none of its event listeners runs, and closes it.
    pub async fn crash(&self, tab: &Tab) -> anyhow::Result<()> {
        // The command is sent to DevTools directly, because chromedriver would wait for the response of the crashed tab.
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

/// A WebSocket frame with a text of less than 126 bytes. Clients must mask the text; the mask is zero, so that the bytes stay the same.
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
    timeout(limits::step(), reading).await.with_context(|| format!("no {end:?} from DevTools"))?
}
