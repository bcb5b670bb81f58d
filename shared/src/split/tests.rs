use super::*;
use proptest::prelude::*;

const LIMIT: usize = 200;

/// Splits `files`, each pushed in pieces of the lengths `cuts` (over and over).
fn split_in(spec: &str, files: &[&[u8]], cuts: &[usize]) -> Result<Vec<Vec<u8>>, SplitError> {
    let mut splitter = Splitter::new(&spec.parse().unwrap(), LIMIT)?;
    let mut chunks = Vec::new();
    let mut lengths = cuts.iter().copied().cycle();
    for file in files {
        let mut rest = *file;
        while !rest.is_empty() {
            let len = lengths.next().unwrap_or(rest.len()).min(rest.len());
            splitter.push(&rest[..len], |chunk| chunks.push(chunk))?;
            rest = &rest[len..];
        }
        splitter.end_file(|chunk| chunks.push(chunk))?;
    }
    let tasks = splitter.finish(|_| unreachable!("all files have ended"))?;
    assert_eq!(chunks.len(), tasks as usize);
    Ok(chunks)
}

fn split(spec: &str, file: &str) -> Vec<String> {
    let chunks = split_in(spec, &[file.as_bytes()], &[]).unwrap();
    chunks
        .into_iter()
        .map(|chunk| String::from_utf8(chunk).unwrap())
        .collect()
}

fn refused(spec: &str, file: &str) -> String {
    split_in(spec, &[file.as_bytes()], &[3])
        .unwrap_err()
        .to_string()
}

#[test]
fn lines_are_packed_while_they_fit_and_never_cut() {
    assert_eq!(split("lines:6", "ab\ncd\nef\n"), ["ab\ncd\n", "ef\n"]);
    assert_eq!(
        split("lines:6", "a\nlong line\nb\n\nc"),
        ["a\n", "long line\n", "b\n\nc"]
    );
    assert_eq!(split("lines:1", "\n\n"), ["\n", "\n"]);
}

#[test]
fn a_line_above_the_chunk_limit_is_refused_with_its_place() {
    let file = format!("one\ntwo\n{}\n", "x".repeat(LIMIT));
    assert_eq!(
        refused("lines:10", &file),
        "the line that begins in line 3 (byte 8) needs a chunk of more than the limit of 200 bytes"
    );
    let at_the_limit = format!("{}\n", "x".repeat(LIMIT - 1));
    assert_eq!(split("lines:10", &at_the_limit), [at_the_limit]);
}

#[test]
fn bytes_are_cut_anywhere() {
    assert_eq!(split("bytes:3", "a\nbcd\ne"), ["a\nb", "cd\n", "e"]);
}

#[test]
fn a_separator_ends_a_record_and_never_overlaps_itself() {
    assert_eq!(
        split("records:||:1", "a||b||||c"),
        ["a||", "b||", "||", "c"]
    );
    assert_eq!(split("records:aa:1", "aaa"), ["aa", "a"]);
    assert_eq!(split("records:aab:1", "aaabaab"), ["aaab", "aab"]);
    assert_eq!(
        split(r"records:\n\n:8", "a\nb\n\nc\n\nd"),
        ["a\nb\n\nc\n\n", "d"]
    );
}

#[test]
fn every_csv_chunk_begins_with_the_header() {
    assert_eq!(
        split("csv:12", "id,n\n1,a\n2,b\n3,c\n"),
        ["id,n\n1,a\n", "id,n\n2,b\n", "id,n\n3,c\n"]
    );
    assert_eq!(
        split("csv:14", "id,n\r\n1,a\r\n2,b"),
        ["id,n\r\n1,a\r\n2,b"]
    );
}

#[test]
fn a_quoted_csv_field_is_never_cut() {
    let quoted = "a,b\n1,\"x\ny\"\"\n,\"\n2,z\n";
    assert_eq!(
        split("csv:1", quoted),
        ["a,b\n1,\"x\ny\"\"\n,\"\n", "a,b\n2,z\n"]
    );
    for delimiter in [";", "\t"] {
        let other = quoted.replace(',', delimiter);
        assert_eq!(split("csv:1", &other).len(), 2, "{other}");
    }
    let marked = "\u{feff}\"a\nb\"\n1\n2\n";
    assert_eq!(
        split("csv:1", marked),
        ["\u{feff}\"a\nb\"\n1\n", "\u{feff}\"a\nb\"\n2\n"]
    );
}

#[test]
fn a_quote_inside_an_unquoted_csv_field_is_text() {
    assert_eq!(
        split("csv:1", "a\n5\" pipe\n6\n"),
        ["a\n5\" pipe\n", "a\n6\n"]
    );
}

#[test]
fn a_csv_file_that_ends_in_a_quoted_field_is_refused() {
    assert_eq!(
        refused("csv:5", "a\n1\n\"2\n3\n"),
        "the CSV record that begins in line 3 (byte 4) has a quoted field that is never closed"
    );
    assert_eq!(split("csv:5", "a\n\"1\""), ["a\n\"1\""]);
}

#[test]
fn a_csv_header_counts_towards_the_chunk_limit() {
    let file = format!("{}\n{}\n", "h".repeat(LIMIT / 2), "r".repeat(LIMIT / 2));
    assert!(refused("csv:5", &file).contains("begins in line 2"));
}

#[test]
fn whole_fasta_records_stay_as_they_are() {
    let file = ">a x\nAC\n\ngt\n>b\n>c\r\nA*-\r\n";
    assert_eq!(split("fasta:100", file), [file]);
    assert_eq!(
        split("fasta:14", file),
        [">a x\nAC\n\ngt\n", ">b\n>c\r\nA*-\r\n"]
    );
    assert_eq!(split("fasta:5", "\n \r\n>a\nACGTA\n"), [">a\nACGTA\n"]);
}

#[test]
fn a_long_fasta_record_is_cut_into_pieces_that_overlap() {
    assert_eq!(
        split("fasta:4:overlap=1", ">s\nA\n>r d\nABC\nDEF\nGH\n>t\nA"),
        [
            ">s\nA\n",
            ">r d mh_offset=0 mh_overlap=0\nABC\nD\n",
            ">r d mh_offset=3 mh_overlap=1\nDEF\nG\n",
            ">r d mh_offset=6 mh_overlap=1\nGH\n",
            ">t\nA",
        ]
    );
    assert_eq!(
        split("fasta:4", ">r\r\nABCDEFGH"),
        [
            ">r mh_offset=0 mh_overlap=0\r\nABCD\r\n",
            ">r mh_offset=4 mh_overlap=0\r\nEFGH\r\n",
        ]
    );
    assert_eq!(
        split("fasta:3:overlap=2", ">r\nABCDE\n"),
        [
            ">r mh_offset=0 mh_overlap=0\nABC\n",
            ">r mh_offset=1 mh_overlap=2\nBCD\n",
            ">r mh_offset=2 mh_overlap=2\nCDE\n",
        ]
    );
}

#[test]
fn what_is_not_fasta_is_refused_with_its_place() {
    assert_eq!(
        refused("fasta:9", "\nACGT\n"),
        "this is not FASTA: text before the first header (>) in line 2 (byte 1)"
    );
    assert_eq!(
        refused("fasta:9", ">a\nAC\nA>b\n"),
        "this is not FASTA: a character that is no residue in line 3 (byte 7)"
    );
    assert!(refused("fasta:9", ">a\nA\u{e9}\n").contains("no residue"));
    assert!(refused("fasta:9", ">a\rACGT\r").contains("carriage return"));
    let long = format!(">{}\nA\n", "h".repeat(LIMIT));
    assert!(refused("fasta:9", &long).contains("begins in line 1 (byte 0)"));
    let long = format!(">{}\nABCDEFGHIJ\n", "h".repeat(LIMIT - 20));
    assert!(refused("fasta:9", &long).contains("a piece of it"));
}

#[test]
fn each_file_is_split_on_its_own() {
    let files: [&[u8]; 3] = [b"a,b\n1,2\n", b"", b"c\n3\n4\n"];
    let texts = |spec| {
        let chunks = split_in(spec, &files, &[2]).unwrap();
        chunks
            .into_iter()
            .map(|chunk| String::from_utf8(chunk).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts("csv:100"), ["a,b\n1,2\n", "c\n3\n4\n"]);
    assert_eq!(texts("lines:100"), ["a,b\n1,2\n", "c\n3\n4\n"]);
    assert_eq!(texts("files"), ["a,b\n1,2\n", "", "c\n3\n4\n"]);
}

#[test]
fn a_file_above_the_chunk_limit_is_refused_by_files() {
    assert!(refused("files", &"x".repeat(LIMIT + 1)).contains("the file that begins"));
}

#[test]
fn an_input_without_a_single_task_is_refused() {
    let empty = |spec, file: &[u8]| split_in(spec, &[file], &[]).unwrap_err().to_string();
    assert_eq!(
        empty("lines:5", b""),
        "the input is empty: it has no lines to make a task of"
    );
    assert_eq!(
        empty("csv:5", b"a,b\n"),
        "the input is empty: it has no records behind the CSV header to make a task of"
    );
    assert!(empty("fasta:5", b"\n\n").contains("no FASTA records"));
    let files = Splitter::new(&SplitSpec::Files, LIMIT).unwrap();
    assert!(matches!(
        files.finish(|_| ()),
        Err(SplitError::Empty { missing: "file" })
    ));
}

#[test]
fn the_last_file_need_not_be_ended() {
    let mut splitter = Splitter::new(&SplitSpec::Lines { size: 9 }, LIMIT).unwrap();
    splitter
        .push(b"a", |_| unreachable!("the line may go on"))
        .unwrap();
    let mut chunks = Vec::new();
    assert_eq!(splitter.finish(|chunk| chunks.push(chunk)), Ok(1));
    assert_eq!(chunks, [b"a"]);
}

#[test]
fn sizes_out_of_range_are_refused_before_anything_is_read() {
    for size in [0, LIMIT as u64 + 1, u64::MAX] {
        let error = Splitter::new(&SplitSpec::Bytes { size }, LIMIT).unwrap_err();
        assert_eq!(error, SplitError::Size { size, limit: LIMIT });
    }
    let spec = SplitSpec::Fasta {
        size: 5,
        overlap: 5,
    };
    assert!(matches!(
        Splitter::new(&spec, LIMIT),
        Err(SplitError::Overlap { .. })
    ));
}

#[test]
fn more_tasks_than_a_job_may_have_are_refused() {
    let mut splitter = Splitter::new(&SplitSpec::Bytes { size: 1 }, LIMIT).unwrap();
    let mut tasks = 0;
    splitter
        .push(&vec![0; MAX_TASKS as usize], |_| tasks += 1)
        .unwrap();
    assert_eq!(
        splitter.push(&[0], |_| tasks += 1),
        Err(SplitError::TooManyTasks)
    );
    assert_eq!(tasks, MAX_TASKS);
}

/// One record as (header line, residues).
fn parse_fasta(text: &str) -> Vec<(String, String)> {
    let mut records = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.starts_with('>') {
            records.push((line.to_owned(), String::new()));
        } else if let Some((_, residues)) = records.last_mut() {
            residues.extend(line.split_ascii_whitespace());
        }
    }
    records
}

/// Takes the words that a splitter adds off a header line.
fn piece_words(header: &str) -> Option<(&str, usize, usize)> {
    let (rest, overlap) = header.rsplit_once(" mh_overlap=")?;
    let (rest, offset) = rest.rsplit_once(" mh_offset=")?;
    Some((rest, offset.parse().unwrap(), overlap.parse().unwrap()))
}

fn joined(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunks.concat()
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(1usize..20, 1..6)
}

/// Text in which everything that splitters look for is frequent.
fn texts() -> impl Strategy<Value = String> {
    "(a|b|\n|\r\n|,|;|\"|>|ab|aab| ){0,60}"
}

fn fasta_files() -> impl Strategy<Value = String> {
    "(\n){0,2}(>[a-c ]{0,5}\r?\n([ACGTacgt*-]{0,12} ?\r?\n){0,5}){1,5}"
}

proptest! {
    #[test]
    fn chunks_do_not_depend_on_how_the_input_is_pushed(
        text in texts(), fasta in fasta_files(), cuts in cuts(), size in 1usize..30, lap in 0usize..30,
    ) {
        let fasta_spec = format!("fasta:{size}:overlap={}", lap % size);
        for spec in ["lines", "bytes", "records:aab", r"records:\r\n", "csv"] {
            let spec = format!("{spec}:{size}");
            let whole = split_in(&spec, &[text.as_bytes(), b"x\ny\n"], &[]);
            prop_assert_eq!(&split_in(&spec, &[text.as_bytes(), b"x\ny\n"], &cuts), &whole);
        }
        for file in [&fasta, &text] {
            let whole = split_in(&fasta_spec, &[file.as_bytes()], &[]);
            prop_assert_eq!(split_in(&fasta_spec, &[file.as_bytes()], &cuts), whole);
        }
    }

    #[test]
    fn joined_chunks_are_the_input_and_greedy(text in texts(), size in 1usize..30) {
        prop_assume!(!text.is_empty());
        for (spec, end) in [("lines", "\n"), ("records:aab", "aab"), ("records:,", ",")] {
            let chunks = split_in(&format!("{spec}:{size}"), &[text.as_bytes()], &[]).unwrap();
            prop_assert_eq!(joined(&chunks), text.as_bytes());
            let units: Vec<&str> = text.split_inclusive(end).collect();
            let first_units = |chunk: &[u8]| {
                std::str::from_utf8(chunk).unwrap().split_inclusive(end).map(str::len).collect::<Vec<_>>()
            };
            let mut seen = 0;
            for (at, chunk) in chunks.iter().enumerate() {
                let lens = first_units(chunk);
                let expected: Vec<usize> = units[seen..seen + lens.len()].iter().map(|unit| unit.len()).collect();
                prop_assert_eq!(&lens, &expected, "a chunk is whole units");
                prop_assert!(chunk.len() <= size || lens.len() == 1);
                if let Some(next) = chunks.get(at + 1) {
                    prop_assert!(chunk.len() + first_units(next)[0] > size, "the next unit would have fitted");
                }
                seen += lens.len();
            }
        }
        let chunks = split_in(&format!("bytes:{size}"), &[text.as_bytes()], &[]).unwrap();
        prop_assert_eq!(joined(&chunks), text.as_bytes());
        prop_assert!(chunks.iter().rev().skip(1).all(|chunk| chunk.len() == size));
    }

    #[test]
    fn csv_chunks_without_their_headers_are_the_input(
        rows in proptest::collection::vec(
            proptest::collection::vec("[a-z\" ]{0,3}|[\n\r,\"]{1,3}", 1..4), 2..9),
        size in 1usize..60,
    ) {
        let row = |fields: &Vec<String>| {
            let quoted: Vec<_> = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
            quoted.join(",") + "\r\n"
        };
        let records: Vec<String> = rows.iter().map(row).collect();
        let chunks = split(&format!("csv:{size}"), &records.concat());
        let mut bodies = String::new();
        for chunk in &chunks {
            let body = chunk.strip_prefix(&records[0]).expect("each chunk begins with the header");
            prop_assert!(chunk.len() <= size || records.iter().any(|record| record == body));
            bodies.push_str(body);
            // Each cut is at the end of a record.
            prop_assert!((1..=records.len()).any(|count| records[1..count].concat() == bodies));
        }
        prop_assert_eq!(bodies, records[1..].concat());
    }

    #[test]
    fn fasta_pieces_without_their_overlaps_are_the_records(
        file in fasta_files(), size in 1usize..30, lap in 0usize..30,
    ) {
        let overlap = lap % size;
        let chunks = split(&format!("fasta:{size}:overlap={overlap}"), &file);
        let mut records: Vec<(String, String)> = Vec::new();
        let mut cut = false;
        for chunk in &chunks {
            let found = parse_fasta(chunk);
            prop_assert!(chunk.len() <= size || found.len() == 1);
            for (header, residues) in found {
                prop_assert!(residues.len() <= size);
                let Some((name, offset, repeated)) = piece_words(&header) else {
                    records.push((header, residues));
                    continue;
                };
                cut = true;
                if offset == 0 {
                    prop_assert_eq!(repeated, 0);
                    prop_assert_eq!(residues.len(), size);
                    records.push((name.to_owned(), residues));
                    continue;
                }
                let (last_name, so_far) = records.last_mut().unwrap();
                prop_assert_eq!(&*last_name, name);
                prop_assert_eq!(repeated, overlap);
                prop_assert_eq!(offset % (size - overlap), 0);
                prop_assert_eq!(offset + repeated, so_far.len(), "pieces are in order and without holes");
                prop_assert_eq!(&so_far[offset..], &residues[..repeated]);
                prop_assert!(residues.len() > repeated, "each piece has something new");
                so_far.push_str(&residues[repeated..]);
            }
        }
        let whole = parse_fasta(&file);
        prop_assert_eq!(cut, whole.iter().any(|(_, residues)| residues.len() > size));
        if !cut {
            prop_assert_eq!(chunks.concat(), file.trim_start());
        }
        prop_assert_eq!(records, whole);
    }
}
