//! The processes of the demo: started with a log file each, watched, and all ended with it.

use super::interrupt::Interrupt;
use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often a condition is looked at.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a process may take to end by itself.
const END_LIMIT: Duration = Duration::from_secs(10);

/// Processes that this one has started. Dropping it ends them, the last one first.
#[derive(Debug)]
pub(super) struct Processes(Vec<Process>);

#[derive(Debug)]
struct Process {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Processes {
    /// None yet.
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Starts a process that runs on; what it prints goes to `<folder>/<name>.log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(&mut self, name: &str, mut command: Command, folder: &Path) -> Result<()> {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log);
        let file = file.with_context(|| format!("cannot make {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        // A group of its own: Ctrl-C reaches this process, which then ends the others in order.
        command.process_group(0);
        let child = command.spawn();
        let child =
            child.with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let name = name.to_owned();
        self.0.push(Process { name, log, child });
        Ok(())
    }

    /// Waits until `condition` holds.
    ///
    /// # Errors
    /// When it does not within `limit`, a process ends, or the demo is to end.
    pub(super) fn wait_until(
        &mut self,
        interrupt: &Interrupt,
        limit: Duration,
        what: &str,
        mut condition: impl FnMut() -> bool,
    ) -> Result<()> {
        let started = Instant::now();
        while !condition() {
            self.all_run()?;
            let waited = started.elapsed();
            ensure!(
                waited < limit,
                "waited {} s in vain for {what}",
                limit.as_secs()
            );
            interrupt.pause(PAUSE)?;
        }
        Ok(())
    }

    /// Runs a command to its end and answers what it printed, which is kept in `printed`. Its messages are shown.
    ///
    /// # Errors
    /// When it fails, one of the processes ends, or the demo is to end.
    pub(super) fn run(
        &mut self,
        interrupt: &Interrupt,
        mut command: Command,
        printed: &Path,
    ) -> Result<String> {
        let file = File::create(printed);
        let file = file.with_context(|| format!("cannot make {}", printed.display()))?;
        let child = command.stdin(Stdio::null()).stdout(file).spawn();
        let mut child =
            child.with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let status = self.end_of(&mut child, interrupt);
        if status.is_err() {
            end(&mut child);
        }
        let status = status?;
        ensure!(status.success(), "{command:?} ended with {status}");
        std::fs::read_to_string(printed).context("what it printed is not text")
    }

    fn end_of(&mut self, child: &mut Child, interrupt: &Interrupt) -> Result<ExitStatus> {
        loop {
            if let Some(status) = child.try_wait().context("cannot wait for a process")? {
                return Ok(status);
            }
            self.all_run()?;
            interrupt.pause(PAUSE)?;
        }
    }

    /// Returns at Ctrl-C.
    ///
    /// # Errors
    /// When a process ends before that.
    pub(super) fn watch(&mut self, interrupt: &Interrupt) -> Result<()> {
        while !interrupt.arrives_within(PAUSE) {
            self.all_run()?;
        }
        Ok(())
    }

    fn all_run(&mut self) -> Result<()> {
        for Process { name, log, child } in &mut self.0 {
            if let Some(status) = child.try_wait().context("cannot wait for a process")? {
                let text = std::fs::read_to_string(&*log).unwrap_or_default();
                let last = text.lines().next_back().unwrap_or("nothing");
                bail!(
                    "{name} ended with {status} and said last: {last} ({})",
                    log.display()
                );
            }
        }
        Ok(())
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for process in self.0.iter_mut().rev() {
            end(&mut process.child);
        }
    }
}

/// Asks a process to end; kills it when it does not.
fn end(child: &mut Child) {
    if let Ok(id) = i32::try_from(child.id()) {
        // A child that was not waited for keeps its id, so this can reach nobody else.
        let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
    }
    let asked = Instant::now();
    while asked.elapsed() < END_LIMIT {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(PAUSE);
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::errno::Errno;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn processes_are_ended_when_the_demo_ends() {
        let folder = folder("ended");
        let mut processes = Processes::new();
        processes
            .start("waits", shell("exec sleep 600"), &folder)
            .unwrap();
        let id = Pid::from_raw(processes.0[0].child.id().try_into().unwrap());
        assert_eq!(kill(id, None), Ok(()));
        drop(processes);
        assert_eq!(kill(id, None), Err(Errno::ESRCH));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_process_that_ends_too_early_is_named_with_its_last_words() {
        let folder = folder("early");
        let mut processes = Processes::new();
        processes
            .start("coordinator", shell("echo port taken >&2; exit 3"), &folder)
            .unwrap();
        let interrupt = Interrupt::never();
        let limit = Duration::from_secs(30);
        let waited = processes.wait_until(&interrupt, limit, "nothing", || false);
        let error = waited.unwrap_err().to_string();
        assert!(
            error.contains("coordinator ended with exit status: 3"),
            "{error}"
        );
        assert!(error.contains("port taken"), "{error}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
