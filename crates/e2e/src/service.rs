//! A server of a deployment, with one instance or several.

use crate::{balancer::Balancer, process::Process};
use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use std::path::Path;
use tokio::process::Command;

/// One port, and the process that answers on it, or the processes behind a balancer. The port stays the same when the processes end and
/// start again.
pub(crate) struct Service {
    name: &'static str,
    instances: usize,
    port: u16,
    balancer: Option<Balancer>,
    processes: Vec<Process>,
}

impl Service {
    /// A service without processes; see [`Self::start`].
    pub(crate) async fn of(name: &'static str, instances: usize) -> anyhow::Result<Self> {
        let balancer = if instances > 1 { Some(Balancer::start().await?) } else { None };
        let port = balancer.as_ref().map_or(0, Balancer::port);
        Ok(Self { name, instances, port, balancer, processes: Vec::new() })
    }

    /// The port that it listens on; 0 until it is started for the first time.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The number of processes.
    pub(crate) const fn instances(&self) -> usize {
        self.instances
    }

    /// Starts every instance. `command` returns the command for an instance that listens on the given port.
    pub(crate) async fn start(&mut self, log: &Path, command: impl Fn(u16) -> Command) -> anyhow::Result<()> {
        ensure!(self.processes.is_empty(), "{} runs already", self.name);
        let own = if self.balancer.is_some() { 0 } else { self.port };
        let starts = (0..self.instances).map(|_| {
            let mut command = command(own);
            async move { Process::start(&mut command, "listening on", log).await }
        });
        self.processes = try_join_all(starts).await?;
        match &self.balancer {
            Some(balancer) => balancer.set_instances(self.processes.iter().map(|process| process.port).collect()),
            None => self.port = self.processes.first().context("no instance")?.port,
        }
        Ok(())
    }

    /// Kills every instance, as a crash would end it.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        ensure!(!self.processes.is_empty(), "{} is down already", self.name);
        for process in self.processes.drain(..) {
            process.kill().await?;
        }
        Ok(())
    }

    /// Suspends every instance: connections are accepted, and none is answered until [`Self::thaw`].
    pub(crate) async fn freeze(&self) -> anyhow::Result<()> {
        ensure!(!self.processes.is_empty(), "{} is down", self.name);
        for process in &self.processes {
            process.freeze().await?;
        }
        Ok(())
    }

    /// Resumes every instance, which then answers the requests that it has received.
    pub(crate) async fn thaw(&self) -> anyhow::Result<()> {
        ensure!(!self.processes.is_empty(), "{} is down", self.name);
        for process in &self.processes {
            process.thaw().await?;
        }
        Ok(())
    }
}
