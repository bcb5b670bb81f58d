//! Against the known numbers, and a search that only knows how queens move.

use super::*;

fn args(n: u32) -> Args {
    Args::of(&[("n", &n.to_string())])
}

fn solutions(n: u32, chunk: usize) -> u64 {
    let places = n.pow(3);
    let outputs: Vec<_> = (0..places)
        .step_by(chunk)
        .map(|start| {
            let end = places.min(start + u32::try_from(chunk).unwrap());
            map(&args(n), format!("{start} {end}\n").as_bytes()).unwrap()
        })
        .collect();
    let groups: Vec<_> = outputs
        .chunks(4)
        .map(|group| reduce(&args(n), &group.concat()).unwrap())
        .collect();
    let sums = Sums::read_all(n, &groups.concat()).unwrap();
    assert_eq!(sums.places, sums.of);
    sums.solutions
}

#[test]
fn the_known_numbers_come_out_whatever_the_chunk() {
    for (n, known) in [(3, 0), (4, 2), (5, 10), (6, 4), (7, 40), (8, 92), (10, 724)] {
        for chunk in [7, 64, 100_000] {
            assert_eq!(solutions(n, chunk), known, "n={n}");
        }
    }
    assert_eq!(solutions(12, 100), 14_200);
}

/// The ways to go on with these queens, by the rules of the game.
fn plain(n: i64, queens: &mut Vec<i64>) -> u64 {
    let row = queens.len();
    let attacks = |(above, column): (usize, &i64), other: i64| {
        let distance = i64::try_from(row - above).unwrap();
        *column == other || (column - other).abs() == distance
    };
    if row == usize::try_from(n).unwrap() {
        return 1;
    }
    let mut ways = 0;
    for column in 0..n {
        if !queens
            .iter()
            .enumerate()
            .any(|queen| attacks(queen, column))
        {
            queens.push(column);
            ways += plain(n, queens);
            queens.pop();
        }
    }
    ways
}

#[test]
fn one_place_of_the_first_three_queens_is_as_a_plain_search_says() {
    let number = |queens: [i64; 3]| queens.iter().fold(0, |number, column| number * 9 + column);
    for queens in [[0, 2, 4], [0, 2, 5], [8, 6, 4], [3, 7, 0], [4, 1, 3]] {
        let place = number(queens);
        let json = map(&args(9), format!("{place} {}\n", place + 1).as_bytes()).unwrap();
        let found = Sums::read_all(9, &json).unwrap().solutions;
        assert_eq!(found, plain(9, &mut queens.to_vec()), "{queens:?}");
    }
}

#[test]
fn a_range_that_leaves_the_board_and_sums_of_another_board_are_refused() {
    let refused = |n, input: &[u8]| map(&args(n), input).unwrap_err().to_string();
    let message = "500..513 leaves the board: for n=8 the range is 0..512";
    assert_eq!(refused(8, b"500 513\n"), message);
    assert!(refused(8, b"-1 5\n").contains("leaves the board"));
    assert!(refused(2, b"0 8\n").contains("the arg n must be a whole number from 3 to 22"));
    assert!(refused(8, b"").contains("not a range"));
    let of_nine = map(&args(9), b"0 1\n").unwrap();
    let problem = reduce(&args(8), &of_nine).unwrap_err().to_string();
    assert_eq!(problem, "the input of reduce is about n=9, not 8");
    assert!(reduce(&args(8), b"{\"n\":8}").is_err());
}
