//! The life of a submitter's key.

use std::os::unix::fs::PermissionsExt as _;
use tests::command_line::CommandLine;

#[test]
fn a_key_is_made_on_first_use_and_only_its_owner_may_read_it() {
    let user = CommandLine::default();
    let first = user.run(&["key", "show"]).ended(0);
    assert_eq!(first.text().trim().len(), 64);
    assert!(
        first.stderr.contains("Made a new submitter key"),
        "{}",
        first.stderr
    );
    let file = user.data().join("submitter.key");
    let mode = std::fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = user.run(&["key", "show"]).ended(0);
    assert_eq!(again.stdout, first.stdout);
    assert_eq!(again.stderr, "");
}

#[test]
fn an_exported_key_can_be_imported_by_another_user_but_never_replaces_theirs() {
    let (ann, bob) = (CommandLine::default(), CommandLine::default());
    let key = ann.run(&["key", "show"]).ended(0);
    let backup = ann.home().join("backup.json");
    let backup = backup.to_str().unwrap();
    let _ = ann.run(&["key", "export", backup]).ended(0);
    let _ = ann.run(&["key", "export", backup]).ended(5);
    let _ = bob.run(&["key", "import", backup]).ended(0);
    let _ = bob.run(&["key", "import", backup]).ended(0);
    assert_eq!(bob.run(&["key", "show"]).ended(0).stdout, key.stdout);
    let other = bob.home().join("other.key");
    let other = other.to_str().unwrap();
    let made = bob.run(&["key", "show", "--key", other, "--json"]).ended(0);
    assert_ne!(made.json()["public_key"], key.text().trim());
    let _ = bob.run(&["key", "import", other]).ended(5);
}

#[test]
fn two_first_uses_at_once_agree_on_one_key() {
    let user = CommandLine::default();
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = user.command(&["key", "show"]);
            command
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    let mut keys: Vec<_> = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap().stdout)
        .collect();
    keys.dedup();
    assert_eq!(keys.len(), 1);
}

#[test]
fn a_key_file_that_is_damaged_missing_or_of_another_role_is_named() {
    let user = CommandLine::default();
    let _ = user.run(&["key", "export", "x"]).ended(3);
    let _ = user.run(&["key", "import", "none"]).ended(3);
    let damaged = user.file("damaged", "{}");
    let ran = user
        .run(&["key", "import", damaged.to_str().unwrap()])
        .ended(1);
    assert!(
        ran.stderr
            .contains("damaged: this is not a Manyhands key file"),
        "{}",
        ran.stderr
    );
    let seed = shared::crypto::SecretKey::from_seed(&[1; 32]);
    let node = shared::key_file::write(shared::key_file::KeyRole::Node, &seed);
    let node = user.file("node", node);
    let ran = user
        .run(&["key", "import", node.to_str().unwrap()])
        .ended(1);
    assert!(ran.stderr.contains("submitter"), "{}", ran.stderr);
}
