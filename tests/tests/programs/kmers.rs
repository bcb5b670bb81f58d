//! kmers: the whole genome of the phage lambda against a plain count.

use crate::job::{Job, assert_refused};
use std::collections::BTreeMap;
use std::path::Path;

fn genome() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join("programs/kmers/lambda_phage.fa")).expect("the genome")
}

/// The definition, without any of the program's code.
fn plain(genome: &str, k: usize) -> String {
    let sequence: Vec<char> = genome.lines().skip(1).flat_map(str::chars).collect();
    let mut counts = BTreeMap::<String, u64>::new();
    for kmer in sequence.windows(k) {
        let forward: String = kmer.iter().collect();
        let backward = kmer.iter().rev().map(|letter| match letter {
            'A' => 'T',
            'C' => 'G',
            'G' => 'C',
            'T' => 'A',
            other => panic!("the genome has a {other}"),
        });
        *counts.entry(forward.min(backward.collect())).or_default() += 1;
    }
    let lines = counts
        .iter()
        .map(|(kmer, count)| format!("{kmer}\t{count}\n"));
    lines.collect()
}

#[test]
fn the_whole_genomes_kmers_are_those_of_a_plain_count_however_it_is_split() {
    let genome = genome();
    for k in [1, 4, 21, 32] {
        let Some(job) = Job::of("kmers", &[("k", &k.to_string())]) else {
            return;
        };
        let expected = plain(&genome, k);
        for (split, tasks) in [
            ("files".to_owned(), 1),
            (format!("fasta:10000:overlap={}", k - 1), 5),
            (format!("fasta:1KiB:overlap={}", k - 1), 48),
        ] {
            let (all, result) = job.run(genome.as_bytes(), &split);
            assert!(all >= tasks, "{split}: {all} tasks");
            assert!(result.unwrap() == expected.as_bytes(), "k={k} {split}");
        }
    }
}

#[test]
fn an_overlap_that_does_not_fit_is_refused_with_the_one_that_does() {
    let Some(job) = Job::of("kmers", &[("k", "11")]) else {
        return;
    };
    let (_, refused) = job.run(genome().as_bytes(), "fasta:10000:overlap=20");
    assert_refused(refused, "use the split fasta:SIZE:overlap=10");
}
