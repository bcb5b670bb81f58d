//! `job results --from`: an exported job is verified and reduced without anybody's help, and every change is noticed.

use crate::signed::{MANIFEST, ORIGIN, SignedWork, output};
use coordinator::client::collection::Recorder as _;
use coordinator::client::exported::ExportWriter;
use coordinator::client::program_of::JobProgram;
use shared::ids::ChainId;
use shared::verified_job::VerifiedJob;
use std::fs;
use std::path::PathBuf;
use tests::command_line::CommandLine;

/// A user with an exported job in `exported`.
fn exported() -> (CommandLine, PathBuf) {
    let user = CommandLine::default();
    let directory = user.home().join("exported");
    let work = SignedWork::new();
    let chain = ChainId::of_origin(ORIGIN);
    let job = VerifiedJob::new(
        chain,
        work.job.id(),
        &work.job.encode(),
        &SignedWork::leaf_list(),
    )
    .unwrap();
    let program = JobProgram {
        manifest: MANIFEST.into(),
        module: work.module.clone().into(),
        common: None,
    };
    let mut writer = ExportWriter::begin(&directory, job.id(), [&job], ORIGIN, &program).unwrap();
    for task in [0, 1] {
        let result = work.result(task, &[10, 11]);
        let output = output(usize::try_from(task).unwrap());
        let output = Some(output.as_bytes());
        writer.record(job.id(), &result, output).unwrap();
    }
    (user, directory)
}

#[test]
fn an_exported_job_is_verified_and_reduced_offline() {
    let (user, _) = exported();
    let ran = user.run(&["job", "results", "--from", "exported"]).ended(0);
    assert_eq!(ran.text(), "ALPHA\nBETA\n");
    assert!(
        ran.stderr
            .contains("Checked 4 votes of 2 tasks (0 outvoted), not compared with the ledger"),
        "{}",
        ran.stderr
    );
    let id = SignedWork::new().job.id().to_string();
    let args = [
        "job", "results", &id, "--from", "exported", "--output", "result", "--json",
    ];
    let summary = user.run(&args).ended(0).json();
    assert_eq!(summary["job_id"], id);
    assert_eq!(summary["verified"], false);
    assert_eq!(summary["partial"], false);
    assert_eq!(
        fs::read(user.home().join("result")).unwrap(),
        b"ALPHA\nBETA\n"
    );
}

#[test]
fn any_changed_file_of_an_export_is_a_failed_verification() {
    for (file, rule) in [
        ("job.bin", "rule job_signature"),
        ("leaves.bin", "rule leaves_root"),
        ("manifest.json", "rule blob_hash"),
        ("module.wasm", "rule blob_hash"),
        ("outputs/1", "rule output_hash"),
        ("certs/1.cert", "rule signature"),
    ] {
        let (user, directory) = exported();
        let path = directory.join(file);
        let mut bytes = fs::read(&path).unwrap();
        // The last byte of a certificate counts its referee's votes; the one before ends the last signature.
        let at = bytes.len() - if file.ends_with("cert") { 3 } else { 1 };
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
        let ran = user
            .run(&["job", "results", "--from", "exported", "--output", "result"])
            .ended(7);
        assert!(
            ran.stderr.contains("VERIFICATION FAILED"),
            "{file}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains(rule), "{file}: {}", ran.stderr);
        assert!(!user.home().join("result").exists(), "{file}");
    }
}

#[test]
fn a_certificate_without_a_majority_and_a_swapped_one_are_found_out() {
    let (user, directory) = exported();
    let work = SignedWork::new();
    fs::write(directory.join("certs/1.cert"), work.result(1, &[10]).entry).unwrap();
    let ran = user.run(&["job", "results", "--from", "exported"]).ended(7);
    assert!(ran.stderr.contains("rule majority"), "{}", ran.stderr);
    fs::write(
        directory.join("certs/1.cert"),
        work.result(0, &[10, 11]).entry,
    )
    .unwrap();
    let ran = user.run(&["job", "results", "--from", "exported"]).ended(7);
    assert!(ran.stderr.contains("task 1"), "{}", ran.stderr);
}

#[test]
fn a_job_with_missing_tasks_is_only_reduced_when_that_is_wished() {
    let (user, directory) = exported();
    fs::remove_file(directory.join("certs/0.cert")).unwrap();
    let ran = user.run(&["job", "results", "--from", "exported"]).ended(1);
    assert!(
        ran.stderr.contains("1 of 2 tasks have no output"),
        "{}",
        ran.stderr
    );
    let ran = user
        .run(&["job", "results", "--from", "exported", "--partial"])
        .ended(0);
    assert_eq!(ran.text(), "BETA\n");
    assert!(
        ran.stderr.contains("The result is partial"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_missing_output_or_another_job_than_asked_for_is_found_out() {
    let (user, directory) = exported();
    let other = "00".repeat(32);
    let ran = user
        .run(&["job", "results", &other, "--from", "exported"])
        .ended(7);
    assert!(ran.stderr.contains("rule job_id"), "{}", ran.stderr);
    fs::remove_file(directory.join("outputs/0")).unwrap();
    let ran = user.run(&["job", "results", "--from", "exported"]).ended(7);
    assert!(ran.stderr.contains("rule output_length"), "{}", ran.stderr);
    let _ = user.run(&["job", "results", "--from", "nowhere"]).ended(1);
}
