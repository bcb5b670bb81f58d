//! Against the formula of Black and Scholes, and the published numbers of the generator.

use super::*;

fn args(kind: &str, volatility: &str, seed: &str) -> Args {
    Args::of(&[
        ("kind", kind),
        ("spot", "100"),
        ("strike", "105"),
        ("rate", "0.03"),
        ("volatility", volatility),
        ("years", "2"),
        ("seed", seed),
    ])
}

fn lines(args: &Args, start: u64, end: u64) -> Vec<u8> {
    map(args, format!("{start} {end}\n").as_bytes()).unwrap()
}

/// The number of this name, or the first of its list.
fn number(json: &[u8], name: &str) -> f64 {
    let text = std::str::from_utf8(json).unwrap();
    let (_, rest) = text.split_once(&format!("\"{name}\":")).unwrap();
    let digits: &str = rest
        .trim_start_matches('[')
        .split([',', '}', ']'])
        .next()
        .unwrap();
    digits.parse().unwrap()
}

/// The share of the normal distribution below `x`: the area under its curve by Simpson's rule.
fn normal_share(x: f64) -> f64 {
    let curve = |t: f64| (-t * t / 2.0).exp() / std::f64::consts::TAU.sqrt();
    let steps = 2000;
    let width = x / f64::from(steps);
    let inner: f64 = (1..steps)
        .map(|step| curve(f64::from(step) * width) * if step % 2 == 1 { 4.0 } else { 2.0 })
        .sum();
    0.5 + (curve(0.0) + inner + curve(x)) * width / 3.0
}

/// The formula.
fn black_scholes(is_call: bool, volatility: f64) -> f64 {
    let (spot, strike, rate, years) = (100.0_f64, 105.0, 0.03, 2.0);
    let deviation = volatility * f64::sqrt(years);
    let d1 = ((spot / strike).ln() + (rate + volatility * volatility / 2.0) * years) / deviation;
    let d2 = d1 - deviation;
    let worth = strike * f64::exp(-rate * years);
    if is_call {
        spot * normal_share(d1) - worth * normal_share(d2)
    } else {
        worth * normal_share(-d2) - spot * normal_share(-d1)
    }
}

#[test]
fn the_formula_lies_in_the_confidence_interval() {
    for (kind, volatility) in [
        ("call", "0.2"),
        ("put", "0.2"),
        ("call", "0.5"),
        ("put", "0.05"),
    ] {
        let args = args(kind, volatility, "1");
        let json = reduce(&args, &lines(&args, 0, 20)).unwrap();
        let exact = black_scholes(kind == "call", volatility.parse().unwrap());
        let (price, error) = (number(&json, "price"), number(&json, "standard_error"));
        assert!(
            (price - exact).abs() < 1.96 * error,
            "{kind} {volatility}: {price} {exact} {error}"
        );
        assert!((number(&json, "confidence_95") - (price - 1.96 * error)).abs() < 1e-4 * error);
        assert!((number(&json, "paths") - 200_000.0).abs() < 0.5);
    }
}

#[test]
fn the_interval_holds_the_price_about_as_often_as_it_says() {
    let exact = black_scholes(true, 0.2);
    let holds = (0..60).filter(|seed| {
        let args = args("call", "0.2", &seed.to_string());
        let json = reduce(&args, &lines(&args, 0, 1)).unwrap();
        (number(&json, "price") - exact).abs() < 1.96 * number(&json, "standard_error")
    });
    let holds = holds.count();
    assert!((53..=60).contains(&holds), "{holds} of 60");
}

#[test]
fn whatever_the_chunks_and_their_order_the_result_is_the_same() {
    let args = args("call", "0.2", "7");
    let whole = reduce(&args, &lines(&args, 3, 10)).unwrap();
    let mut parts: Vec<_> = (3..10)
        .map(|batch| lines(&args, batch, batch + 1))
        .collect();
    assert_eq!(reduce(&args, &parts.concat()).unwrap(), whole);
    parts.reverse();
    assert_eq!(reduce(&args, &parts.concat()).unwrap(), whole);
    let other = self::args("call", "0.2", "8");
    assert_ne!(reduce(&args, &lines(&other, 3, 10)).unwrap(), whole);
}

#[test]
fn the_generator_gives_its_published_numbers() {
    assert_eq!(
        philox::block([0; 2], [0; 4]),
        [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
    );
    let ones = u32::MAX;
    assert_eq!(
        philox::block([ones; 2], [ones; 4]),
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
    );
    let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
    let key = [0xa409_3822, 0x299f_31d0];
    assert_eq!(
        philox::block(key, pi),
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
    );
}

#[test]
fn the_smallest_and_the_greatest_block_are_numbers_too() {
    for block in [[0; 4], [u32::MAX; 4]] {
        assert!(
            philox::normals(block)
                .iter()
                .all(|normal| normal.abs() < 9.0)
        );
    }
}

#[test]
fn without_volatility_the_price_is_sure() {
    let args = args("call", "0", "1");
    let json = reduce(&args, &lines(&args, 0, 2)).unwrap();
    let exact = 100.0 - 105.0 * f64::exp(-0.06);
    assert!((number(&json, "price") - exact).abs() < 1e-9);
    assert!(number(&json, "standard_error") < 1e-6);
}

#[test]
fn what_does_not_fit_is_refused() {
    let good = args("call", "0.2", "1");
    let refused = |args: &Args, input: &[u8]| map(args, input).unwrap_err().to_string();
    assert!(refused(&good, b"-1 1\n").contains("the batch -1 is negative"));
    assert!(refused(&good, b"x").contains("not a range"));
    assert!(refused(&args("swap", "0.2", "1"), b"0 1\n").contains("call or put"));
    assert!(refused(&args("call", "nan", "1"), b"0 1\n").contains("the arg volatility"));
    let refused = |input: &str| reduce(&good, input.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        refused("1\t2e0\t3e0\n1\t2e0\t3e0\n"),
        "the batch 1 came twice"
    );
    assert_eq!(
        refused("1\t2e0\t3e0\n2\tNaN\t3e0\n"),
        "line 2 of the input of reduce is not a batch"
    );
    assert!(refused("1\t2e0\n").contains("line 1"));
    assert!(refused("1\t1e300\t1e308\n2\t1e300\t1e308\n").contains("too great"));
    assert_eq!(refused(""), "there is no batch to estimate from");
}
