//! Manifests that are accepted, and each rule broken once.

use super::*;
use crate::split::SplitSpec;
use proptest::prelude::*;
use serde_json::{Value, json};

fn sample() -> Value {
    json!({
        "name": "mandelbrot",
        "version": "1.2.0",
        "summary": "Draws rows of the Mandelbrot set.",
        "licence": "MIT OR Apache-2.0",
        "source": "https://example.org/mandelbrot",
        "argv_mode": "staged",
        "reduce": "final",
        "splits": {"accepted": ["range", "lines"], "default": "range:4"},
        "args": [
            {"name": "width", "help": "Pixels in a row.", "type": "integer", "min": 1, "max": 4096, "default": 1024},
            {"name": "zoom", "help": "How deep.", "type": "number", "min": 0.5, "max": 1e9, "default": 1.5},
            {"name": "title", "help": "A caption.", "type": "text", "max_bytes": 10},
            {"name": "palette", "help": "Colours.", "type": "choice", "choices": ["fire", "ice"], "default": "ice"},
            {"name": "smooth", "help": "Smooth steps.", "type": "boolean", "default": true}
        ],
        "output": "image/png",
        "limits": {"wall_ms": 60000, "memory_pages": 512},
        "example": {"range": {"start": 0, "end": 256, "chunk": 4}, "args": {"title": "first"}}
    })
}

fn parse(json: &Value) -> Result<Manifest, ManifestError> {
    Manifest::parse(json.to_string().as_bytes())
}

fn named(values: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    values.iter().map(own).collect()
}

/// The error after the value at `pointer` became `value` (a missing last member is added).
fn broken(pointer: &str, value: Value) -> String {
    let mut json = sample();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    match json.pointer_mut(parent).unwrap() {
        Value::Object(object) => {
            object.insert(member.to_owned(), value);
        }
        Value::Array(array) => array[member.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer}"),
    }
    parse(&json).unwrap_err().to_string()
}

#[test]
fn a_manifest_is_read_with_its_defaults() {
    let manifest = parse(&sample()).unwrap();
    assert_eq!(manifest.name, "mandelbrot");
    assert_eq!(manifest.argv_mode, ArgvMode::Staged);
    assert_eq!(manifest.reduce, Reduce::Final);
    assert_eq!(manifest.splits.default, DefaultSplit::Range { chunk: 4 });
    assert!(manifest.splits.takes(&SplitSpec::Lines { size: 9 }));
    assert!(!manifest.splits.takes(&SplitSpec::Files));
    assert_eq!(manifest.limits.wall_ms, 60_000);
    assert_eq!(manifest.limits.fuel, Limits::default().fuel);
    assert_eq!(manifest.output.name(), "image/png");
}

#[test]
fn args_come_in_the_order_of_the_schema_with_defaults() {
    let manifest = parse(&sample()).unwrap();
    let args = manifest.args_from_named(&named(&[("title", "x y=z"), ("width", "+0064")]));
    let expected = [
        "width=64",
        "zoom=1.5",
        "title=x y=z",
        "palette=ice",
        "smooth=true",
    ];
    assert_eq!(args.unwrap(), expected.map(|arg| arg.as_bytes().to_vec()));
}

#[test]
fn args_that_do_not_fit_are_refused_with_what_is_allowed() {
    let manifest = parse(&sample()).unwrap();
    for (given, message) in [
        (
            vec![("title", "a"), ("height", "1")],
            r#"the program has no arg "height": it has width, zoom"#,
        ),
        (
            vec![("title", "a"), ("title", "b")],
            "the arg title is given twice",
        ),
        (
            vec![("width", "1")],
            "the arg title must be given: A caption.",
        ),
        (
            vec![("title", "a"), ("width", "5000")],
            "the arg width: 5000 is not between 1 and 4096",
        ),
        (
            vec![("title", "a"), ("width", "1.5")],
            r#"the arg width: "1.5" is not a whole number"#,
        ),
        (vec![("title", "a"), ("width", "")], "is not a whole number"),
        (
            vec![("title", "a"), ("zoom", "0.1")],
            "the arg zoom: 0.1 is not between 0.5 and 1000000000",
        ),
        (
            vec![("title", "a"), ("zoom", "NaN")],
            r#"the arg zoom: "NaN" is not a number"#,
        ),
        (vec![("title", "a"), ("zoom", "inf")], "is not a number"),
        (
            vec![("title", "longer than ten")],
            "the arg title: it has 15 bytes, at most 10 are allowed",
        ),
        (
            vec![("title", "a\0b")],
            "the arg title: it must not contain NUL",
        ),
        (
            vec![("title", "a"), ("palette", "mud")],
            r#"the arg palette: "mud" is not one of fire, ice"#,
        ),
        (
            vec![("title", "a"), ("smooth", "yes")],
            r#"the arg smooth: "yes" is neither true nor false"#,
        ),
    ] {
        let error = manifest
            .args_from_named(&named(&given))
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn each_broken_rule_of_names_and_splits_names_its_field() {
    for (pointer, value, message) in [
        ("/name", json!("X"), "field name: \"X\" must be"),
        (
            "/version",
            json!("1.0"),
            "field version: \"1.0\" must be a version such as 1.0.0",
        ),
        ("/version", json!("01.0.0"), "field version"),
        ("/version", json!("1.0.0-"), "field version"),
        ("/version", json!("1.0.0 beta"), "field version"),
        (
            "/summary",
            json!(""),
            "field summary: it has 0 characters, it must have 1 to 200",
        ),
        (
            "/summary",
            json!("a\nb"),
            "field summary: it must be one line",
        ),
        (
            "/summary",
            json!("x".repeat(201)),
            "field summary: it has 201",
        ),
        ("/licence", json!("\u{1b}[0m"), "field licence"),
        (
            "/source",
            json!("http://example.org"),
            "field source: it must be a URL that begins with https://",
        ),
        ("/source", json!("https:///x"), "field source"),
        ("/source", json!("https://a b"), "field source"),
        (
            "/source",
            json!("https://user@example.org/"),
            "field source",
        ),
        (
            "/splits/accepted",
            json!(["range", "words"]),
            "field splits.accepted[1]: \"words\" is no split, use lines",
        ),
        (
            "/splits/accepted",
            json!(["range", "range"]),
            "field splits.accepted[1]: range stands there twice",
        ),
        (
            "/splits/accepted",
            json!(["lines"]),
            "field splits.default: \"range:4\" is not one of splits.accepted",
        ),
        (
            "/splits/default",
            json!("lines:0"),
            "field splits.default: ",
        ),
        (
            "/splits/default",
            json!("range:0"),
            "field splits.default: \"range:0\" should be range:CHUNK",
        ),
    ] {
        let error = broken(pointer, value);
        assert!(error.contains(message), "{pointer}: {error}");
    }
}

#[test]
fn each_broken_rule_of_args_limits_and_example_names_its_field() {
    for (pointer, value, message) in [
        ("/args/0/name", json!("Width"), "field args[0].name"),
        (
            "/args/1/name",
            json!("width"),
            "field args[1].name: width stands there twice",
        ),
        ("/args/0/help", json!(""), "field args[0].help"),
        (
            "/args/0/default",
            json!(5000),
            "field args[0].default: 5000 is not between 1 and 4096",
        ),
        (
            "/args/0/default",
            json!("12"),
            "field args[0].default: \"12\" is not of the arg's type",
        ),
        (
            "/args/0/max",
            json!(0),
            "field args[0].max: 0 is below min, 1",
        ),
        (
            "/args/0/min",
            json!(0.5),
            "field args[0].min: 0.5 must be a whole number",
        ),
        (
            "/args/0/choices",
            json!(["a"]),
            "field args[0].choices: an arg of this type has no such field",
        ),
        (
            "/args/2/min",
            json!(1),
            "field args[2].min: an arg of this type has no such field",
        ),
        (
            "/args/2/max_bytes",
            json!(5000),
            "field args[2].max_bytes: 5000 must be at most 4063",
        ),
        (
            "/args/3/choices",
            json!([]),
            "field args[3].choices: it needs 1 to 100 choices",
        ),
        (
            "/args/3/choices",
            json!(["ice", "ice"]),
            "field args[3].choices: \"ice\" stands there twice",
        ),
        (
            "/args/3/default",
            json!("mud"),
            "field args[3].default: \"mud\" is not one of fire, ice",
        ),
        (
            "/limits/fuel",
            json!(0),
            "field limits.fuel: 0 must be 1 to",
        ),
        (
            "/limits/memory_pages",
            json!(16385),
            "field limits.memory_pages: 16385 must be 1 to 16384",
        ),
        (
            "/limits/output_bytes",
            json!(1 << 27),
            "field limits.output_bytes",
        ),
        (
            "/example/input",
            json!("text"),
            "field example: it needs exactly one of input and range",
        ),
        (
            "/example/range/end",
            json!(0),
            "field example.range: end must be above start",
        ),
        (
            "/example/args",
            json!({}),
            "field example.args: the arg title must be given",
        ),
        (
            "/argv_mode",
            json!("plain"),
            "field args: a plain tool has no schema",
        ),
    ] {
        let error = broken(pointer, value);
        assert!(error.contains(message), "{pointer}: {error}");
    }
}

#[test]
fn what_has_not_the_shape_is_refused_with_line_and_column() {
    for (pointer, value, message) in [
        ("/author", json!("me"), "unknown field `author`"),
        ("/args/0/colour", json!("red"), "unknown field `colour`"),
        ("/limits/threads", json!(4), "unknown field `threads`"),
        ("/output", json!("text/html"), "unknown variant `text/html`"),
        ("/output", json!("image/svg+xml"), "unknown variant"),
        ("/reduce", json!("sum"), "unknown variant `sum`"),
        ("/args/0/type", json!("float"), "unknown variant `float`"),
        ("/limits/fuel", json!(-1), "expected u64"),
        ("/name", json!(7), "expected a string"),
    ] {
        let error = broken(pointer, value);
        assert!(error.contains(message), "{pointer}: {error}");
        assert!(error.contains("line 1 column"), "{pointer}: {error}");
    }
    for text in [
        "",
        "[]",
        "null",
        "{\"name\":\"a\"",
        "{\"name\":\"ab\",\"name\":\"cd\"}",
    ] {
        let error = Manifest::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(
            error.starts_with("the manifest cannot be read: "),
            "{error}"
        );
    }
}

#[test]
fn a_manifest_over_64_kib_is_refused_unread() {
    let error = Manifest::parse(&vec![b' '; MAX_MANIFEST_BYTES + 1]).unwrap_err();
    assert_eq!(error, ManifestError::TooLarge(MAX_MANIFEST_BYTES + 1));
}

#[test]
fn a_plain_tool_needs_no_schema_and_no_source() {
    let manifest = parse(&json!({
        "name": "tac",
        "version": "0.1.0",
        "summary": "Lines backwards.",
        "licence": "GPL-3.0-or-later",
        "argv_mode": "plain",
        "reduce": "none",
        "splits": {"accepted": ["files"], "default": "files"},
        "output": "text/plain",
        "example": {"input": "a\nb\n"}
    }));
    let manifest = manifest.unwrap();
    assert_eq!(manifest.argv_mode, ArgvMode::Plain);
    let error = manifest.args_from_named(&named(&[("x", "1")])).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"the program has no arg "x": it takes none"#
    );
}

#[test]
fn a_manifest_is_found_in_the_module() {
    let module = wat::parse_str(
        r#"(module (memory (export "memory") 1) (func (export "_start"))
            (@custom "manyhands" "{\"name\"") )"#,
    )
    .unwrap();
    let facts = crate::module_check::check_module(&module).unwrap();
    assert_eq!(
        Manifest::in_module(&module, &facts),
        Some(br#"{"name""#.as_slice())
    );
}

proptest! {
    #[test]
    fn random_values_anywhere_never_panic(text in "\\PC{0,40}", number: i64, at in 0..20_usize) {
        let mut json = sample();
        let pointers = ["/name", "/version", "/summary", "/source", "/splits/default", "/args/0/min",
            "/args/0/max", "/args/1/max", "/args/2/max_bytes", "/args/3/default", "/limits/fuel",
            "/example/range/end", "/example/range/start", "/example/range/chunk"];
        let value = if at % 2 == 0 { json!(text) } else { json!(number) };
        if let Some(place) = pointers.get(at).and_then(|pointer| json.pointer_mut(pointer)) {
            *place = value;
        }
        let _ = parse(&json);
    }
}
