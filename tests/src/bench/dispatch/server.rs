//! The coordinator that is measured: a process of its own, its CPU time and its memory.

use anyhow::{Context as _, Result, bail};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// How often it is asked whether it is ready.
const ASK_EVERY: Duration = Duration::from_millis(50);
/// Ticks of `/proc/PID/stat` a second; Linux fixes this for all programs.
const TICKS_PER_SECOND: u64 = 100;

/// A running coordinator; dropping it kills the process.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    pid: u32,
    address: SocketAddr,
}

impl Server {
    /// Starts it on a free port of 127.0.0.1 and waits until it is ready.
    ///
    /// # Errors
    /// When it does not start, or is not ready in time.
    pub(super) async fn start(manyhands: &Path, data: &Path, patience: Duration) -> Result<Self> {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = free.local_addr()?;
        drop(free);
        let mut process = Command::new(manyhands)
            .args(["serve", "--listen", &address.to_string(), "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", manyhands.display()))?;
        let ready = format!("http://{address}/readyz");
        let tls = coordinator::remote::tls::client_config(None)?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .build()?;
        let began = Instant::now();
        loop {
            if let Some(status) = process.try_wait()? {
                bail!("the coordinator ended at its start: {status}");
            }
            let answer = http.get(&ready).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            if began.elapsed() > patience {
                bail!("the coordinator is not ready after {patience:?}");
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        let pid = process.id().context("a running process has an id")?;
        Ok(Self {
            process,
            pid,
            address,
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// User and system time that the process has used.
    pub(super) fn cpu(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let ticks = cpu_ticks(&stat).context("/proc/PID/stat has another form than expected")?;
        Ok(Duration::from_millis(
            ticks.saturating_mul(1000 / TICKS_PER_SECOND),
        ))
    }

    /// Memory of the process that is in RAM, bytes.
    pub(super) fn resident_bytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        resident_bytes(&status).context("/proc/PID/status has another form than expected")
    }

    /// Ends the process.
    pub(super) async fn stop(mut self) -> Result<()> {
        self.process.kill().await?;
        Ok(())
    }
}

/// utime + stime: fields 14 and 15, counted behind the name, which may hold spaces and brackets.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_and_memory_are_read_from_proc() {
        let stat = "7 (many) hands) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 9 0 1 2 3";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("7 (x) S"), None);
        let status = "Name:\tmanyhands\nVmRSS:\t   2048 kB\nThreads:\t9\n";
        assert_eq!(resident_bytes(status), Some(2048 * 1024));
    }
}
