use crate::{balancer::Balancer, process::Process};
use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use std::path::Path;
use tokio::process::Command;

/// One port that browsers know, and what answers there: a process, or several behind a balancer. The port stays the same
/// when they end and start again.
pub(crate) struct Service {
    name: &'static str,
    instances: usize,
    port: u16,
    balancer: Option<Balancer>,
    processes: Vec<Process>,
}

impl Service {
    /// Nothing runs yet.
    pub(crate) async fn of(name: &'static str, instances: usize) -> anyhow::Result<Self> {
        let balancer = if instances > 1 { Some(Balancer::start().await?) } else { None };
        let port = balancer.as_ref().map_or(0, Balancer::port);
        Ok(Self { name, instances, port, balancer, processes: Vec::new() })
    }

    /// Where it listens; 0 until it was started for the first time.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// How many processes there are.
    pub(crate) const fn instances(&self) -> usize {
        self.instances
    }

    /// Starts every instance, each with a `command` that listens on the given port.
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

    /// Ends every instance as a crash would.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        ensure!(!self.processes.is_empty(), "{} is down already", self.name);
        for process in self.processes.drain(..) {
            process.kill().await?;
        }
        Ok(())
    }

    /// It accepts connections but answers none until it is thawed.
    pub(crate) async fn freeze(&self) -> anyhow::Result<()> {
        ensure!(!self.processes.is_empty(), "{} is down", self.name);
        for process in &self.processes {
            process.freeze().await?;
        }
        Ok(())
    }

    /// It answers everything that it has accepted meanwhile.
    pub(crate) async fn thaw(&self) -> anyhow::Result<()> {
        ensure!(!self.processes.is_empty(), "{} is down", self.name);
        for process in &self.processes {
            process.thaw().await?;
        }
        Ok(())
    }
}
