//! A server of a deployment, with one instance or several.

use crate::{balancer::Balancer, process::Process, tls::Scheme};
use anyhow::ensure;
use futures_util::future::try_join_all;
use std::path::Path;
use test_support::reserved_port::ReservedPort;
use tokio::process::Command;

/// A port, and the process that answers on it, or several processes behind a balancer. The ports stay the same when the processes end and
/// start again.
pub(crate) struct Service {
    name: &'static str,
    instances: usize,
    port: u16,
    /// The ports of the processes. A restart keeps them.
    own_ports: Vec<ReservedPort>,
    balancer: Option<Balancer>,
    processes: Vec<Process>,
}

impl Service {
    /// A service without processes; see [`Self::start`]. Browsers reach several instances through a balancer.
    pub(crate) async fn of(name: &'static str, instances: usize) -> anyhow::Result<Self> {
        let balancer = if instances > 1 { Some(Balancer::start().await?) } else { None };
        Self::behind(balancer, name, instances)
    }

    /// A service of one process that speaks no TLS. Browsers still reach it with the run's scheme.
    pub(crate) async fn without_tls(name: &'static str) -> anyhow::Result<Self> {
        let balancer = if Scheme::of_browsers() == Scheme::Https { Some(Balancer::start().await?) } else { None };
        Self::behind(balancer, name, 1)
    }

    fn behind(balancer: Option<Balancer>, name: &'static str, instances: usize) -> anyhow::Result<Self> {
        let port = balancer.as_ref().map_or(0, Balancer::port);
        let own_ports = (0..instances).map(|_| ReservedPort::new()).collect::<Result<_, _>>()?;
        Ok(Self { name, instances, port, own_ports, balancer, processes: Vec::new() })
    }

    /// The port that browsers use, or 0 before the first start.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The port on which other servers reach the first process, without TLS.
    pub(crate) fn own_port(&self) -> u16 {
        self.own_ports().next().unwrap_or_default()
    }

    pub(crate) fn own_ports(&self) -> impl Iterator<Item = u16> {
        self.own_ports.iter().map(|it| it.address.port())
    }

    /// Whether the service's processes run.
    pub(crate) const fn is_running(&self) -> bool {
        !self.processes.is_empty()
    }

    /// The number of processes.
    pub(crate) const fn instances(&self) -> usize {
        self.instances
    }

    /// Starts every instance. `command` returns the command for an instance that listens on the given port.
    pub(crate) async fn start(&mut self, log: &Path, command: impl Fn(u16) -> Command) -> anyhow::Result<()> {
        ensure!(!self.is_running(), "{} runs already", self.name);
        let starts = self.own_ports().map(|port| {
            let mut command = command(port);
            async move { Process::start(&mut command, "listening on", log).await }
        });
        self.processes = try_join_all(starts).await?;
        match &self.balancer {
            Some(balancer) => balancer.set_instances(self.own_ports().collect()),
            None => self.port = self.own_port(),
        }
        Ok(())
    }

    /// Kills every instance, as a crash would end it.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        ensure!(self.is_running(), "{} is down already", self.name);
        for process in self.processes.drain(..) {
            process.kill().await?;
        }
        Ok(())
    }

    /// Sends a signal to every instance.
    pub(crate) async fn signal(&self, signal: &str) -> anyhow::Result<()> {
        ensure!(self.is_running(), "{} is down", self.name);
        for process in &self.processes {
            process.signal(signal).await?;
        }
        Ok(())
    }
}
