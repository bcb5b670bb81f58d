//! align: a gene's piece found again in a database of mutated sequences, against a plain matrix.

use crate::job::{Job, assert_refused};

/// The bases at which the query was taken from the genome.
const PLACE: usize = 3000;
const QUERY_LEN: usize = 150;

fn genome() -> Vec<u8> {
    let text = include_str!("../../../programs/kmers/lambda_phage.fa");
    text.lines().skip(1).flat_map(str::bytes).collect()
}

fn query() -> Vec<u8> {
    genome().drain(PLACE..PLACE + QUERY_LEN).collect()
}

/// Pieces of the genome, one of them with the query's place, changed here and there.
fn database() -> Vec<(String, Vec<u8>)> {
    let genome = genome();
    let pieces = genome.chunks(700).take(12).enumerate();
    let mutated = pieces.map(|(number, piece)| {
        let mut piece = piece.to_vec();
        for base in piece.iter_mut().skip(number + 20).step_by(40 + number) {
            *base = if *base == b'A' { b'C' } else { b'A' };
        }
        piece.splice(250..253 + number % 3, *b"GG");
        (format!("piece{number}"), piece)
    });
    mutated.collect()
}

/// The best local score, by the textbook: a row of cells (the best, the best in a gap) after the other.
fn plain_score(query: &[u8], target: &[u8]) -> i32 {
    let (equal, mismatch, open, extend) = (2, 3, 5, 2);
    let mut cells = vec![(0, -9999); target.len()];
    let mut most = 0;
    for residue in query {
        let (mut diagonal, mut left, mut across) = (0, 0, -9999);
        for ((best, down), other) in cells.iter_mut().zip(target) {
            *down = (*down - extend).max(*best - open - extend);
            across = (across - extend).max(left - open - extend);
            let pair = if residue == other { equal } else { -mismatch };
            left = (diagonal + pair).max(*down).max(across).max(0);
            diagonal = std::mem::replace(best, left);
            most = most.max(left);
        }
    }
    most
}

fn fasta(records: &[(String, Vec<u8>)]) -> Vec<u8> {
    let record = |(name, residues): &(String, Vec<u8>)| {
        [b">", name.as_bytes(), b"\n", residues, b"\n"].concat()
    };
    records.iter().flat_map(record).collect()
}

#[test]
fn the_best_records_have_the_textbooks_scores_however_the_input_is_split() {
    let database = database();
    let Some(job) = Job::of("align", &[("top", "5")]) else {
        return;
    };
    let job = job.with_common(&[b">query\n", &query()[..], b"\n"].concat());
    let mut expected: Vec<_> = database
        .iter()
        .map(|(name, target)| (plain_score(&query(), target), name.clone()))
        .collect();
    expected.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    expected.truncate(5);
    let whole = job.text(&fasta(&database), "files");
    let found: Vec<(i32, String)> = whole
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            (fields[0].parse().unwrap(), fields[1].to_owned())
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(found[0].1, format!("piece{}", PLACE / 700));
    for split in ["fasta:1000", "fasta:2000", "fasta:64KiB"] {
        assert_eq!(job.text(&fasta(&database), split), whole, "{split}");
    }
}

#[test]
fn the_place_and_the_gaps_of_the_best_alignment_are_told() {
    let Some(job) = Job::of("align", &[("query", "AAAAAACCCCCC"), ("top", "1")]) else {
        return;
    };
    let found = job.text(b">far\nGGGG\n>near\nTTAAAAAAGTGCCCCCC\n", "fasta:20");
    assert_eq!(found, "13\tnear\t1\t12\t3\t17\t12\t15\t6=3D6=\n");
}

#[test]
fn a_query_that_is_missing_or_bad_and_records_that_were_cut_are_refused() {
    let database = fasta(&database());
    for (common, split, message) in [
        (None, "files", "there is no query"),
        (
            Some("no fasta"),
            "files",
            "the query: the input is not FASTA",
        ),
        (
            Some(">q\nACGT\n"),
            "fasta:100",
            "was cut; align needs whole records",
        ),
    ] {
        let Some(mut job) = Job::of("align", &[]) else {
            return;
        };
        if let Some(common) = common {
            job = job.with_common(common.as_bytes());
        }
        assert_refused(job.run(&database, split).1, message);
    }
}
