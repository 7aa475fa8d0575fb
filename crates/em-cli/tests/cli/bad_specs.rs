//! Specs that cannot be fitted: each is refused where it is wrong, in words that say what to write instead.

use crate::common::{Folder, counts, refused, spec};

const GAUSS: &str = "GaussianMixture(components: 2)";

/// The first line of the refusal of `text`.
fn refusal(text: impl AsRef<[u8]>) -> String {
    let folder = Folder::with("");
    folder.write("spec.ron", text);
    refused(&folder, "spec.ron")
}

fn refuses(text: &str, wanted: &str) {
    assert_eq!(refusal(text), format!("spec.ron: {wanted}"), "{text}");
}

#[test]
fn unknown_names_come_with_the_nearest_known_one() {
    let found = refusal(spec("GausianMixture(components: 2)", ""));
    let wanted =
        "line 3, column 12: `model`: `GausianMixture` is not known here; did you mean `GaussianMixture`? (known: `";
    assert!(found.starts_with(&format!("spec.ron: {wanted}")), "{found}");
    assert!(found.contains("`BayesianLinearRegression`") && found.contains("`PoissonRegressionMixture`"), "{found}");
    refuses(
        &spec("GaussianMixture(component: 2)", ""),
        "line 3, column 28: `model.GaussianMixture`: `component` is not known here; did you mean `components`? (known: `components`, `covariance`, `prior`)",
    );
    let begins = |text: &str, wanted: &str| {
        let found = refusal(text);
        assert!(found.starts_with(&format!("spec.ron: {wanted}")), "{found}");
    };
    begins("(\n    dat: 3,\n)", "line 2, column 5: `dat` is not known here; did you mean `data`?");
    begins(
        &spec(GAUSS, "algoritm: Em"),
        "line 4, column 11: `fit`: `algoritm` is not known here; did you mean `algorithm`?",
    );
    begins(
        &spec(GAUSS, "stop: (relative_gian: 1)"),
        "line 4, column 18: `fit.stop`: `relative_gian` is not known here; did you mean `relative_gain`?",
    );
    begins(
        &spec(GAUSS, "algorithm: Emm"),
        "line 4, column 22: `fit.algorithm`: `Emm` is not known here; did you mean `Em`?",
    );
    begins(
        &spec(GAUSS, "start: KMean"),
        "line 4, column 18: `fit.start`: `KMean` is not known here; did you mean `KMeans`?",
    );
    begins(
        &spec("GaussianMixture(components: 2, covariance: Ful)", ""),
        "line 3, column 55: `model.GaussianMixture.covariance`: `Ful` is not known here; did you mean `Full`?",
    );
    begins(
        &counts("PoissonRegressionMixture(components: 1, response: \"n\", terms: [Logg(\"x\")])", ""),
        "line 3, column 75: `model.PoissonRegressionMixture.terms[0]`: `Logg` is not known here; did you mean `Log`?",
    );
}

#[test]
fn wrong_values_are_named_whole() {
    let gauss = |components: &str| spec(&format!("GaussianMixture(components: {components})"), "");
    let at = "line 3, column 40: `model.GaussianMixture.components`: ";
    refuses(&gauss("\"two\""), &format!("{at}a whole number is expected, found \"two\""));
    refuses(&gauss("-2"), &format!("{at}a whole number, 0 or above, is expected, found `-2`"));
    refuses(&gauss("0"), &format!("{at}a whole number above 0 is expected, found `0`"));
    refuses(&gauss("[2]"), &format!("{at}a whole number is expected, found `[`"));
    let digits = "a whole number is expected, written in digits only; found ";
    refuses(&gauss("2.5"), &format!("line 3, column 40: `model.GaussianMixture`: {digits}`2.5`"));
    let large = "the whole number `99999999999999999999999` is outside the range allowed here";
    refuses(&gauss("99999999999999999999999"), &format!("{at}{large}"));
    let stop = |rule: &str| spec(GAUSS, &format!("stop: ({rule})"));
    let wanted = "a finite number, 0 or above, is wanted; 0 switches the rule off";
    for (written, shown) in [("-1e-3", "-0.001"), ("inf", "inf"), ("NaN", "NaN")] {
        let rest = format!("`fit.stop.relative_gain`: {shown} is no limit: {wanted}");
        refuses(&stop(&format!("relative_gain: {written}")), &format!("line 4, column 33: {rest}"));
    }
    refuses(&stop("max_iterations: 1e3"), &format!("line 4, column 34: `fit.stop.max_iterations`: {digits}`1e3`"));
    refuses(
        &stop("relative_gain: \"x\""),
        "line 4, column 33: `fit.stop.relative_gain`: a number is expected, found \"x\"",
    );
    refuses(
        &stop("relative_gain: 0, max_iterations: 0"),
        "line 4, column 17: `fit.stop`: every stopping rule is switched off; give at least one, such as `max_iterations: 1000`",
    );
    refuses(
        &spec(GAUSS, "restarts: 0"),
        "line 4, column 21: `fit.restarts`: a whole number above 0 is expected, found `0`",
    );
    refuses(
        &spec(GAUSS, "start: \"KMeans\""),
        "line 4, column 18: `fit.start`: a name without quotes is expected, found \"KMeans\"; write `KMeans`",
    );
}

#[test]
fn fields_that_are_missing_or_come_twice() {
    let covariance = spec("GaussianMixture(covariance: Full)", "");
    refuses(&covariance, "line 3, column 44: `model.GaussianMixture`: the field `components` is missing");
    refuses(
        &spec("GaussianMixture", ""),
        "line 3, column 27: `model.GaussianMixture`: the field `components` is missing",
    );
    refuses("(\n    data: Csv(path: \"points.csv\"),\n)", "line 3, column 1: the field `model` is missing");
    refuses(
        &spec("GaussianMixture(components: 2, components: 3)", ""),
        "line 3, column 43: `model.GaussianMixture`: the field `components` comes twice",
    );
    refuses(&spec(GAUSS, "seed: 1, seed: 2"), "line 4, column 20: `fit`: the field `seed` comes twice");
    let two = "line 3, column 89: `model.PoissonRegressionMixture.terms[0].Polynomial`: 2 values are expected in `Polynomial(…)`, found one";
    refuses(&counts("PoissonRegressionMixture(components: 1, response: \"n\", terms: [Polynomial(\"x\")])", ""), two);
}

#[test]
fn an_impossible_expectation() {
    let text = spec(GAUSS, "seed: 1").replace("\n)\n", "\n    expect: (log_likelihood: (3, -1)),\n)\n");
    let wanted = "(3, -1) is no value with a tolerance: two finite numbers are wanted, the second 0 or above";
    refuses(&text, &format!("line 5, column 36: `expect.log_likelihood`: {wanted}"));
}

#[test]
fn starts_that_the_model_does_not_have() {
    let model = "BayesianLinearRegression(response: \"y\", terms: [\"x\"])";
    let wanted = "`KMeans` is no start of the model BayesianLinearRegression; it can start from `Params(…)`, or from a start of its own where `start` is left out";
    refuses(&spec(model, "start: KMeans"), &format!("line 4, column 18: `fit.start`: {wanted}"));
}

#[test]
fn parameters_that_do_not_fit() {
    let (w, m, c) = ("[0.5, 0.5]", "[[2, 2], [9, 9]]", "[[[1, 0], [0, 1]], [[1, 0], [0, 1]]]");
    let has = |w: &str, m: &str, c: &str, wanted: &str| {
        let params = format!("start: Params(weights: {w}, means: {m}, covariances: {c})");
        let found = refusal(spec(GAUSS, &params));
        assert!(found.starts_with("spec.ron: line 4, column "), "{found}");
        assert!(found.ends_with(wanted), "{found}");
    };
    has("[0.5, 0.6]", m, c, ": `fit.start`: `weights` sum to 1.1, not to 1");
    has("[-0.5, 1.5]", m, c, ": `weights`: entry 0 is -0.5, but every weight must be above 0");
    has("[1]", "[[1, 2]]", "[[[1, 0], [0, 1]]]", ": the model has 2 components, but `weights` has 1 entry");
    has("[0.5, 0.2, 0.3]", m, c, ": 3 `weights`, 2 `means` and 2 `covariances` are not as many of each");
    has(w, "[[1], [2]]", "[[[1]], [[1]]]", "the data have 2 columns, but `means` has 1 entry in row 0");
    let shape = "`covariances`: entry 0 is not 2 × 2, as row 0 of `means` asks for";
    has(w, m, "[[[1, 0], [0]], [[1, 0], [0, 1]]]", shape);
    let found = refusal(spec(
        GAUSS,
        &format!("start: Params(weights: {w}, means: {m}, covariances: [[[1, 2], [2, 1]], [[1, 0], [0, 1]]])"),
    ));
    assert!(found.contains("`covariances`: entry 0: "), "{found}");
    let found = refusal(spec(
        GAUSS,
        &format!("start: Params(weights: {w}, means: {m}, covariances: [[[1, 0.5], [0, 1]], [[1, 0], [0, 1]]])"),
    ));
    assert!(found.contains("`covariances`: entry 0: the covariance is not symmetric"), "{found}");
    has(w, "[[1, \"a\"], [2, 3]]", c, "`fit.start.Params.means[0][1]`: a number is expected, found \"a\"");
    has(w, "[1, 2]", c, "`fit.start.Params.means[0]`: a list in square brackets, `[…]`, is expected, found `1`");
    refuses(
        &spec(GAUSS, "start: Params(weights: [0.5, 0.5], mean: [[1, 2]])"),
        "line 4, column 46: `fit.start.Params`: `mean` is not known here; did you mean `means`? (known: `weights`, `means`, `covariances`)",
    );
    refuses(&spec(GAUSS, "start: Params"), "line 4, column 24: `fit.start.Params`: the field `weights` is missing");
    let precisions = "BayesianLinearRegression(response: \"y\", terms: [\"x\"])";
    let found = refusal(spec(precisions, "start: Params(alpha: 0, beta: 1)"));
    assert!(found.ends_with("alpha is 0; a precision is a finite number above 0"), "{found}");
}

#[test]
fn texts_that_are_no_spec() {
    refuses(
        "",
        "line 1, column 1: a spec, `(data: …, model: …)`, is expected, found the end of the text; `em models GaussianMixture` shows one",
    );
    let open = "the text ends here, but the bracket `(` in line 1, column 1 is still open";
    refuses(&spec(GAUSS, "").replace("\n)\n", "\n"), &format!("line 4, column 1: {open}"));
    let trailing = "the text should end here, with its last bracket, but `x` follows";
    refuses(&(spec(GAUSS, "") + "x"), &format!("line 5, column 1: {trailing}"));
    refuses(
        "(\n    data: Csv(path: \"points.csv),\n)",
        "line 2, column 21: `data.Csv.path`: the quote that opens here is never closed",
    );
    refuses(
        "{\"data\": 3}",
        "line 1, column 1: a spec, `(data: …, model: …)`, is expected, found `{`; `em models GaussianMixture` shows one",
    );
    refuses("(sweep: [1, })", "line 1, column 13: `sweep[1]`: the character '}' makes no sense here");
    let comment = "the comment that begins with `/*` is never closed; end it with `*/`";
    refuses("( /* a", &format!("line 1, column 6: {comment}"));
    let not_text = [b"(\n    data: \xff".as_slice(), b")"].concat();
    let wanted = "spec.ron: line 2, column 11: byte 0xff is not UTF-8; save the file as UTF-8 text";
    assert_eq!(refusal(not_text), wanted);
}

#[test]
fn brackets_of_every_kind_do_not_overflow_the_stack() {
    let deep = 100_000;
    for bracket in ["[", "(", "{", "Some(", "/*", "A(", "\"", "(a:", "[(", "{1:"] {
        assert!(refusal(bracket.repeat(deep)).starts_with("spec.ron: line 1, column "), "{bracket}");
        for field in ["sweep", "fit", "expect"] {
            let text = spec(GAUSS, "").replace("\n)\n", &format!("\n    {field}: {}\n)\n", bracket.repeat(deep)));
            assert!(refusal(&text).starts_with("spec.ron: line "), "{field}: {bracket}");
        }
        let start = spec(GAUSS, &format!("start: Params(weights: {})", bracket.repeat(deep)));
        assert!(refusal(&start).starts_with("spec.ron: line "), "{bracket}");
    }
    // Comments may nest as deep as anybody likes.
    let folder = Folder::with(&("/*".repeat(deep) + &"*/".repeat(deep) + &spec(GAUSS, "restarts: 1")));
    assert_eq!(folder.em(&["check", "spec.ron"]).status, 0);
}

#[test]
fn files_that_cannot_be_read() {
    let folder = Folder::with("");
    std::fs::create_dir(folder.path("folder.ron")).unwrap();
    let wanted = "specs.ron: there is no such file; did you mean \"spec.ron\"?";
    assert_eq!(refused(&folder, "specs.ron"), wanted);
    assert_eq!(refused(&folder, "folder.ron"), "folder.ron: this is a folder, but a file is wanted here; name a file");
    if cfg!(unix) {
        assert_eq!(
            refused(&folder, "/dev/null"),
            "/dev/null: this is a device, but a file is wanted here; name a file"
        );
    }
}

#[test]
fn the_place_is_shown_below_the_message() {
    let folder = Folder::with("(\n\t/* é漢 */ data: Inline(columns: {\"é\": [1, \"\u{1b}\"]}),\n)");
    let err = folder.em(&["fit", "spec.ron"]).err;
    let wanted = "error: spec.ron: line 2, column 43: `data.Inline.columns.é[1]`: a number is expected, found \"\\u{1b}\"\n     /* é漢 */ data: Inline(columns: {\"é\": [1, \"\\u{1b}\"]}),\n                                               ^\n";
    assert_eq!(err, wanted);
    let many: Vec<String> = (0..5000).map(|i| i.to_string()).collect();
    folder.write("spec.ron", format!("(data: Inline(columns: {{\"x\": [{}, bad]}}))", many.join(", ")));
    let err = folder.em(&["fit", "spec.ron"]).err;
    let lines: Vec<Vec<char>> = err.lines().map(|l| l.chars().collect()).collect();
    assert!(lines.iter().all(|l| l.len() < 150), "{err}");
    let mark = lines[2].iter().position(|c| *c == '^').unwrap();
    assert_eq!(lines[1][mark..mark + 3], ['b', 'a', 'd']);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let text = spec(GAUSS, "seed: -1").replace('\n', "\r\n");
    let wanted = "line 4, column 17: `fit.seed`: a whole number, 0 or above, is expected, found `-1`";
    refuses(&format!("\u{feff}{text}"), wanted);
}
