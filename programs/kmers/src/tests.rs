//! Against a count that knows only the definition, whole and in pieces.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn args(k: usize) -> Args {
    Args::of(&[("k", &k.to_string())])
}

fn counted(k: usize, fasta: &str) -> String {
    String::from_utf8(map(&args(k), fasta.as_bytes()).unwrap()).unwrap()
}

/// The definition.
fn plain(k: usize, sequence: &str) -> String {
    let letters: Vec<char> = sequence.to_uppercase().chars().collect();
    let mut counts = BTreeMap::<String, u64>::new();
    for kmer in letters
        .windows(k)
        .filter(|kmer| kmer.iter().all(|letter| "ACGT".contains(*letter)))
    {
        let complement = kmer.iter().rev().map(|letter| match letter {
            'A' => 'T',
            'C' => 'G',
            'G' => 'C',
            _ => 'A',
        });
        let (forward, backward) = (
            kmer.iter().collect::<String>(),
            complement.collect::<String>(),
        );
        *counts.entry(forward.min(backward)).or_default() += 1;
    }
    let lines = counts
        .iter()
        .map(|(kmer, count)| format!("{kmer}\t{count}\n"));
    lines.collect()
}

#[test]
fn a_kmer_and_its_reverse_complement_count_as_the_first_in_the_alphabet() {
    // GAT is ATC backwards and CAT is ATG; what has an N is skipped; records do not touch.
    let fasta = ">one\nGATNA\n>two\nTC\nATC\n";
    assert_eq!(counted(3, fasta), "ATC\t2\nATG\t1\nTCA\t1\n");
    assert_eq!(counted(1, ">a\nACGTacgtN\n"), "A\t4\nC\t4\n");
    assert_eq!(counted(32, ">a\nACGT\n"), "");
}

#[test]
fn pieces_must_overlap_by_k_minus_1() {
    let refused = |k, header: &str| {
        let fasta = format!(">{header}\nACGTACGT\n");
        map(&args(k), fasta.as_bytes()).map_err(|problem| problem.to_string())
    };
    assert!(refused(5, "a mh_offset=0 mh_overlap=0").is_ok());
    assert!(refused(5, "a mh_offset=96 mh_overlap=4").is_ok());
    assert_eq!(
        refused(5, "chr1 x mh_offset=96 mh_overlap=20").unwrap_err(),
        "chr1 was cut with an overlap of 20, but k=5 needs 4: use the split fasta:SIZE:overlap=4"
    );
    assert!(refused(5, "a mh_offset=100 mh_overlap=0").is_err());
}

#[test]
fn what_is_not_fasta_and_what_is_not_counts_is_refused() {
    assert!(map(&args(3), b"ACGT\n").is_err());
    assert!(map(&args(0), b">a\nACGT\n").is_err());
    assert!(map(&args(33), b">a\nACGT\n").is_err());
    for line in [
        "AC\t1\n",
        "ACGT\t1\n",
        "ACN\t1\n",
        "acg\t1\n",
        "ACG\t0\n",
        "ACG\t-1\n",
        "ACG 1\n",
        "ACG\t1",
        "\n",
    ] {
        let text = format!("AAA\t1\n{line}");
        let problem = reduce(&args(3), text.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            problem, "line 2 of the input of reduce is not a 3-mer, a tab and a count",
            "{line:?}"
        );
    }
}

proptest! {
    #[test]
    fn every_sequence_is_counted_as_the_definition_says(sequence in "[ACGTacgtN]{0,90}", k in 1..33_usize) {
        prop_assert_eq!(counted(k, &format!(">a\n{sequence}\n")), plain(k, &sequence));
    }

    #[test]
    fn whole_or_in_pieces_that_overlap_the_counts_are_the_same(
        sequence in "[ACGTN]{1,90}", k in 1..9_usize, step in 1..30_usize, group in 1..4_usize,
    ) {
        let mut outputs = Vec::new();
        for start in (0..sequence.len()).step_by(step) {
            let begin = if start == 0 { 0 } else { start.saturating_sub(k - 1) };
            let overlap = if start == 0 { 0 } else { k - 1 };
            // The splitter's pieces are at least as long as the overlap.
            prop_assume!(start == 0 || start - begin == overlap);
            let piece = &sequence[begin..sequence.len().min(start + step)];
            let fasta = format!(">a mh_offset={begin} mh_overlap={overlap}\n{piece}\n");
            outputs.push(counted(k, &fasta));
        }
        let groups = outputs.chunks(group).map(|group| reduce(&args(k), group.concat().as_bytes()).unwrap());
        let groups: Vec<_> = groups.collect();
        let sum = reduce(&args(k), &groups.concat()).unwrap();
        prop_assert_eq!(String::from_utf8(sum).unwrap(), plain(k, &sequence));
    }
}
