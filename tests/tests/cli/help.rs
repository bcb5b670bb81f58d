//! The words of `--help`, reviewed as snapshots.

use tests::command_line::CommandLine;

/// Every command with its subcommands, as words.
fn commands(command: &clap::Command, words: &[String], all: &mut Vec<Vec<String>>) {
    all.push(words.to_vec());
    for sub in command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
    {
        let words = [words, &[sub.get_name().to_owned()]].concat();
        commands(sub, &words, all);
    }
}

#[test]
fn every_command_has_help_with_examples_first() {
    let user = CommandLine::default();
    let mut all = Vec::new();
    commands(&coordinator::cli::command(), &[], &mut all);
    for words in all {
        let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
        args.push("--help");
        let help = user.run(&args).ended(0);
        let text = help.text();
        let examples = text.find("Examples:").expect("help has examples");
        assert!(
            examples < text.find("Usage:").expect("help has a usage"),
            "{text}"
        );
        let name = if words.is_empty() {
            "manyhands".to_owned()
        } else {
            words.join("_")
        };
        insta::assert_snapshot!(format!("help_{name}"), text);
    }
}

#[test]
fn a_typing_error_is_answered_with_what_was_meant() {
    let user = CommandLine::default();
    let ran = user.run(&["job", "sumbit"]).ended(2);
    assert!(ran.stderr.contains("'submit'"), "{}", ran.stderr);
    let _ = user.run(&[]).ended(2);
}

#[test]
fn completions_are_made_for_every_shell() {
    let user = CommandLine::default();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = user.run(&["completions", shell]).ended(0);
        assert!(ran.text().contains("manyhands"), "{shell}");
    }
}
