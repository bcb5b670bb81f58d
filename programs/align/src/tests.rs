//! Against the textbook's matrices, which know nothing of this code.

use super::*;
use proptest::prelude::*;

fn args(query: &str, top: usize) -> Args {
    scored(query, top, [2, 3, 5, 2])
}

fn scored(query: &str, top: usize, [equal, mismatch, open, extend]: [i32; 4]) -> Args {
    let number = |number: i32| number.to_string();
    Args::of(&[
        ("query", query),
        ("match", &number(equal)),
        ("mismatch", &number(mismatch)),
        ("gap-open", &number(open)),
        ("gap-extend", &number(extend)),
        ("top", &top.to_string()),
    ])
}

fn mapped(args: &Args, fasta: &str) -> String {
    String::from_utf8(map(args, None, fasta.as_bytes()).unwrap()).unwrap()
}

/// The best score of a local alignment, by the recurrences as Gotoh wrote them.
fn plain(query: &[u8], target: &[u8], [equal, mismatch, open, extend]: [i32; 4]) -> i32 {
    let never = -1_000_000;
    let (rows, columns) = (query.len() + 1, target.len() + 1);
    let mut best = vec![vec![0; columns]; rows];
    let mut across = vec![vec![never; columns]; rows];
    let mut down = vec![vec![never; columns]; rows];
    let mut most = 0;
    for i in 1..rows {
        for j in 1..columns {
            across[i][j] = (across[i][j - 1] - extend).max(best[i][j - 1] - open - extend);
            down[i][j] = (down[i - 1][j] - extend).max(best[i - 1][j] - open - extend);
            let pair = if query[i - 1] == target[j - 1] {
                equal
            } else {
                -mismatch
            };
            let paired = best[i - 1][j - 1] + pair;
            best[i][j] = paired.max(across[i][j]).max(down[i][j]).max(0);
            most = most.max(best[i][j]);
        }
    }
    most
}

/// What a line's CIGAR says, counted again: score, query's end, sequence's end, equal residues and columns.
fn recounted(query: &[u8], target: &[u8], fields: &[&str], scores: [i32; 4]) -> [i64; 5] {
    let [equal, mismatch, open, extend] = scores.map(i64::from);
    let number = |at: usize| fields[at].parse::<usize>().unwrap();
    let (mut at_query, mut at_target) = (number(2) - 1, number(4) - 1);
    let (mut score, mut equals, mut columns) = (0, 0, 0);
    let mut digits = String::new();
    for char in fields[8].chars() {
        if char.is_ascii_digit() {
            digits.push(char);
            continue;
        }
        let len: usize = std::mem::take(&mut digits).parse().unwrap();
        let signed = i64::try_from(len).unwrap();
        columns += signed;
        match char {
            'D' => (score, at_target) = (score - open - extend * signed, at_target + len),
            'I' => (score, at_query) = (score - open - extend * signed, at_query + len),
            _ => {
                for _ in 0..len {
                    assert_eq!(query[at_query] == target[at_target], char == '=');
                    score += if char == '=' { equal } else { -mismatch };
                    equals += i64::from(char == '=');
                    (at_query, at_target) = (at_query + 1, at_target + 1);
                }
            }
        }
    }
    let place = |place: usize| i64::try_from(place).unwrap();
    [score, place(at_query), place(at_target), equals, columns]
}

#[test]
fn an_alignment_is_told_with_its_places_and_its_gaps() {
    assert_eq!(
        mapped(&args("acgt", 1), ">\nttACGTtt\n"),
        "8\t-\t1\t4\t3\t6\t4\t4\t4=\n"
    );
    let (short, long) = ("AAAAAACCCCCC", "AAAAAAGTGCCCCCC");
    let aligned = |query, target| mapped(&args(query, 1), &format!(">a\n{target}\n"));
    assert_eq!(
        aligned(short, long),
        "13\ta\t1\t12\t1\t15\t12\t15\t6=3D6=\n"
    );
    assert_eq!(
        aligned(long, short),
        "13\ta\t1\t15\t1\t12\t12\t15\t6=3I6=\n"
    );
    assert_eq!(mapped(&args("AAAA", 1), ">a\nCCCC\n>b\n\n"), "");
}

#[test]
fn the_best_come_first_and_equals_in_the_order_of_their_lines() {
    let fasta = ">d\nACG\n>c\nACGT\n>b\nTTTT\n>a\nACGT\n>e\nACGTA\n";
    let names = |top| -> String {
        let lines = mapped(&args("ACGTA", top), fasta);
        lines
            .lines()
            .map(|line| line.split('\t').nth(1).unwrap())
            .collect()
    };
    assert_eq!(names(10), "eacdb");
    assert_eq!(names(2), "ea");
}

#[test]
fn the_query_comes_from_the_arg_or_from_the_common_file() {
    let from = |arg: &str, common: Option<&str>| {
        map(&args(arg, 1), common.map(str::as_bytes), b">a\nACGT\n")
            .map_err(|problem| problem.to_string())
    };
    assert_eq!(from("", Some(">q\nAC\nGT\n")), from("ACGT", None));
    for (arg, common, message) in [
        (
            "",
            None,
            "there is no query: give the arg query, or FASTA as the common file",
        ),
        (
            "A",
            Some(">q\nA\n"),
            "there are two queries: the arg query and the common file",
        ),
        (
            "A C",
            None,
            "the query has a character that is no residue: ' '",
        ),
        ("", Some(""), "the query has 0 records instead of one"),
        (
            "",
            Some(">a\nA\n>b\nA\n"),
            "the query has 2 records instead of one",
        ),
        ("", Some("ACGT\n"), "the query: the input is not FASTA"),
        (
            "",
            Some(">a\n"),
            "the query has 0 residues, it may have 1 to 10000",
        ),
    ] {
        let problem = from(arg, common).unwrap_err();
        assert!(problem.starts_with(message), "{problem}");
    }
    let long = format!(">a\n{}\n", "A".repeat(10_001));
    assert!(
        from("", Some(&long))
            .unwrap_err()
            .contains("10001 residues")
    );
}

#[test]
fn pieces_of_records_and_lines_that_no_map_wrote_are_refused() {
    let piece = b">chr1 mh_offset=0 mh_overlap=0\nACGT\n";
    let problem = map(&args("A", 1), None, piece).unwrap_err().to_string();
    assert_eq!(
        problem,
        "chr1 was cut; align needs whole records: use a larger SIZE, or files"
    );
    for line in [
        "x\n",
        "0\ta\t1\t1\t1\t1\t1\t1\t1=\n",
        "2\ta\t1\t1\t1\t1\t1\t1\t1=",
        "2\ta\t1\n",
    ] {
        let problem = reduce(&args("A", 1), line.as_bytes())
            .unwrap_err()
            .to_string();
        assert_eq!(problem, "line 1 of the input of reduce is not an alignment");
    }
}

proptest! {
    #[test]
    fn scores_are_the_textbooks_and_alignments_are_worth_them(
        query in "[ACGT]{1,25}", target in "[ACGT]{1,40}",
        equal in 1..6_i32, mismatch in 0..5_i32, open in 0..6_i32, extend in 1..4_i32,
    ) {
        let scores = [equal, mismatch, open, extend];
        let line = mapped(&scored(&query, 1, scores), &format!(">name\n{target}\n"));
        let best = plain(query.as_bytes(), target.as_bytes(), scores);
        if best == 0 {
            prop_assert_eq!(line, "");
            return Ok(());
        }
        let fields: Vec<&str> = line.trim_end().split('\t').collect();
        let told = [0, 3, 5, 6, 7].map(|at: usize| fields[at].parse::<i64>().unwrap());
        prop_assert_eq!(told[0], i64::from(best));
        prop_assert_eq!(recounted(query.as_bytes(), target.as_bytes(), &fields, scores), told, "{}", line);
    }

    #[test]
    fn however_records_are_grouped_the_best_are_the_same(
        targets in prop::collection::vec("[ACG]{1,6}", 1..12), chunk in 1..5_usize, top in 1..6_usize,
    ) {
        let records: Vec<_> = targets.iter().enumerate().map(|(at, target)| format!(">{}\n{target}\n", at % 7)).collect();
        let args = args("ACGA", top);
        let whole = mapped(&args, &records.concat());
        let outputs: Vec<_> = records.chunks(chunk).map(|records| mapped(&args, &records.concat())).collect();
        let groups = outputs.chunks(2).map(|group| reduce(&args, group.concat().as_bytes()).unwrap());
        let groups: Vec<_> = groups.collect();
        prop_assert_eq!(reduce(&args, &groups.concat()).unwrap(), whole.into_bytes());
    }
}
