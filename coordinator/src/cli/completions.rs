//! `completions SHELL`: the script that completes commands in a shell.

use anyhow::Result;
use clap::Args;
use clap_complete::Shell;

/// Which shell.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl CompletionsArgs {
    pub(super) fn run(&self, mut command: clap::Command) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "manyhands", &mut script);
        super::print::line(String::from_utf8_lossy(&script).trim_end())
    }
}
