//! `em report`, and `--report` of `em fit` and `em select`: pages that are well-formed, whole, and harmless.

use crate::common::*;
use roxmltree::{Document, ParsingOptions};
use std::collections::BTreeSet;

const GAUSS: &str = "GaussianMixture(components: 2)";
const POISSON: &str = "PoissonRegressionMixture(components: 2, response: \"n\", terms: [\"x\"], offset: Log(\"e\"))";
const LINEAR: &str = "BayesianLinearRegression(response: \"n\", terms: [Polynomial(\"x\", 2), \"e\"])";

/// Asserts that a page is well-formed, runs nothing and loads nothing; gives it to `look`.
fn checked<R>(page: &str, look: impl FnOnce(&Document) -> R) -> R {
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{}", &page[..80]);
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(page, options).unwrap_or_else(|e| panic!("{e}\n{page}"));
    for element in document.descendants().filter(|node| node.is_element()) {
        let name = element.tag_name().name();
        assert!(!["script", "link", "iframe", "object", "embed", "img", "image", "use", "a"].contains(&name), "{name}");
        for attribute in element.attributes() {
            let name = attribute.name();
            assert!(!name.starts_with("on") && !["href", "src", "srcdoc", "action"].contains(&name), "{name}");
        }
        if ["x", "y", "d", "width", "height", "viewBox"].iter().any(|a| element.has_attribute(*a)) {
            let drawn: String = element.attributes().map(|a| a.value()).collect();
            assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
        }
    }
    for foreign in ["http", "url(", "@import", "javascript:"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.chars().all(|c| !c.is_control() || c == '\n'));
    look(&document)
}

/// The words of the page, and of what a terminal shows.
fn words(text: &str) -> BTreeSet<String> {
    let trimmed = |word: &str| word.trim_matches(|c| ".,;:()*\"".contains(c)).to_string();
    text.split_whitespace().map(trimmed).collect()
}

fn text_of(document: &Document) -> String {
    let texts = document.descendants().filter(|node| node.is_text()).filter_map(|node| node.text());
    texts.collect::<Vec<_>>().join(" ")
}

/// How many elements have this class.
fn count(document: &Document, class: &str) -> usize {
    let has = |classes: &str| classes.split(' ').any(|c| c == class);
    document.descendants().filter(|node| node.attribute("class").is_some_and(has)).count()
}

/// A spec of this model, fitted with a page; the summary on the terminal, and the page.
fn fitted(folder: &Folder, spec: &str) -> (Ran, String) {
    folder.write("spec.ron", spec);
    let ran = folder.em(&["fit", "spec.ron", "--report", "page.html", "--quiet"]);
    assert!(ran.status <= 1, "{}", ran.err);
    assert!(ran.out.ends_with("written to spec.fit.ron\nreport written to page.html\n"), "{}", ran.out);
    (ran, folder.read("page.html"))
}

/// Every number of the summary stands on the page.
fn holds(page: &str, summary: &str) {
    let known = checked(page, |document| words(&text_of(document)));
    let numbers = words(summary).into_iter().filter(|word| word.parse::<f64>().is_ok());
    let missing: Vec<String> = numbers.filter(|number| !known.contains(number)).collect();
    assert!(missing.is_empty(), "{missing:?} of\n{summary}");
}

#[test]
fn every_family_has_a_page_with_all_numbers_of_its_fit() {
    let folder = Folder::with("");
    folder.write("bits.csv", "a,b,c\n1,1,0\n1,1,0\n0,0,1\n0,1,1\n1,0,0\n0,0,1\n1,1,1\n0,0,0\n");
    let runs = "restarts: 3";
    let specs = [
        spec(GAUSS, runs),
        spec("GaussianMixture(components: 2, covariance: Fixed(4), prior: (weights: Dirichlet(2)))", runs),
        spec("BayesianGaussianMixture(components: 2)", runs),
        spec("KMeans(clusters: 2)", runs),
        spec("KMedoids(clusters: 2)", ""),
        spec("BernoulliMixture(components: 2, prior: (probabilities: Beta(2, 2)))", runs).replace("points", "bits"),
        counts(POISSON, runs),
        counts("PoissonRegressionMixture(components: 2, response: \"n\", concomitant: [\"x\"])", runs),
        counts(LINEAR, ""),
        counts("BayesianLinearRegression(response: \"n\", terms: [Categorical(\"e\")])", ""),
    ];
    for spec in specs {
        let (ran, page) = fitted(&folder, &spec);
        holds(&page, &ran.out);
    }
}

#[test]
fn drawings_show_what_the_model_is() {
    let folder = Folder::with("");
    let (_, page) = fitted(&folder, &spec(GAUSS, "restarts: 3"));
    checked(&page, |document| {
        // Two ellipses and a number for each component; curves of the whole and of each part in both columns, of the way of
        // the best run, of the others and of the gains, and in the keys of the first two.
        assert_eq!(
            (count(document, "ellipse"), count(document, "part"), count(document, "curve")),
            (4, 2, 3 * 2 + 1 + 3 + 2)
        );
        assert!(text_of(document).contains("Ellipses lie one and two standard deviations from the means"));
    });
    let (_, page) = fitted(&folder, &spec("KMeans(clusters: 3)", "restarts: 3"));
    checked(&page, |document| assert_eq!((count(document, "ellipse"), count(document, "part")), (0, 3)));
    let (_, page) = fitted(&folder, &counts(POISSON, "restarts: 3"));
    checked(&page, |document| {
        // The covariate and the exposure, each with a band for both components.
        assert_eq!(count(document, "band"), 2 * 2 + 1);
        assert!(text_of(document).contains("Solid lines: the mean in each component."));
    });
    let (_, page) = fitted(&folder, &counts(LINEAR, ""));
    checked(&page, |document| assert!(text_of(document).contains("Dots are partial residuals")));
}

#[test]
fn probabilities_make_a_picture_where_the_shape_is_given() {
    let folder = Folder::new();
    folder.write("points.csv", "a,b,c,d\n1,1,0,0\n1,1,0,1\n0,0,1,1\n0,1,1,1\n1,0,0,0\n0,0,1,1\n");
    let (_, page) = fitted(&folder, &spec("BernoulliMixture(components: 2)", "restarts: 3"));
    checked(&page, |document| assert_eq!((count(document, "picture"), count(document, "strong")), (0, 2 + 4)));
    assert_eq!(folder.em(&["report", "spec.fit.ron", "-o", "picture.html", "--image", "2x2"]).status, 0);
    checked(&folder.read("picture.html"), |document| assert_eq!(count(document, "picture"), 2));
    for (shape, said) in [("2x3", "`--image 2x3` does not go with 4 columns"), ("4", "two whole numbers are wanted")] {
        let report = folder.em(&["report", "spec.fit.ron", "-o", "other.html", "--image", shape]);
        let fit = folder.em(&["fit", "spec.ron", "-o", "other.ron", "--report", "other.html", "--image", shape]);
        for ran in [report, fit] {
            assert_eq!((ran.status, ran.out.as_str()), (2, ""));
            assert!(ran.err.contains(said), "{}", ran.err);
        }
    }
    assert!(!folder.names().iter().any(|name| name.starts_with("other")));
}

#[test]
fn names_from_the_data_are_text_and_nothing_else() {
    let folder = Folder::new();
    let names = ["<script>alert(1)</script>", "a\"b'c&d</title></style>", "tab\tand\u{202e}bell\u{7}"];
    let head: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
    let rows = POINTS.lines().skip(1).enumerate().map(|(i, row)| format!("{row},{}\n", (i * i) % 5 + i));
    folder.write("points.csv", head.join(",") + "\n" + &rows.collect::<String>());
    let nasty = "// </pre><script>alert(2)</script> & \u{b}\n".to_string();
    let (_, page) = fitted(&folder, &(nasty + &spec("GaussianMixture(components: 2, covariance: Diagonal)", "")));
    checked(&page, |document| {
        let text = text_of(document);
        for shown in ["<script>alert(1)</script>", "a\"b'c&d</title></style>", "tab\\tand\\u{202e}bell\\u{7}"] {
            assert!(text.contains(shown), "{shown}");
        }
        assert!(text.contains("// </pre><script>alert(2)</script> & \\u{b}"));
    });
    // Names of levels, of the response, and of the file.
    let level = |i: usize| if i.is_multiple_of(2) { "</svg><script>x</script>" } else { "\"\"&\"\"" };
    let rows: String = (0..12).map(|i| format!("{},\"{}\"\n", i * i % 7, level(i))).collect();
    folder.write("<b>&amp;.csv", format!("\"<i>'\",k\n{rows}"));
    let spec = "(data: Csv(path: \"<b>&amp;.csv\"), model: BayesianLinearRegression(response: \"<i>'\", terms: [Categorical(\"k\")]))";
    let (_, page) = fitted(&folder, spec);
    checked(&page, |document| {
        let text = text_of(document);
        assert!(text.contains("12 observations from <b>&amp;.csv") && text.contains("fitted mean of <i>'"), "{text}");
        assert!(text.contains("</svg><script>x</script>"), "{text}");
    });
}

#[test]
fn the_same_fit_gives_the_same_bytes() {
    let folder = Folder::with("");
    let (_, page) = fitted(&folder, &spec(GAUSS, "restarts: 3").replace(".csv\"", ".csv\", standardize: true"));
    for threads in ["1", "2"] {
        let ran = folder.em(&["report", "spec.fit.ron", "-o", "again.html", "--threads", threads]);
        assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "report written to again.html\n", ""));
        assert!(folder.read("again.html") == page, "with {threads} threads");
    }
    // A page may be written anew.
    assert_eq!(folder.em(&["report", "spec.fit.ron", "-o", "again.html"]).status, 0);
}

#[test]
fn of_many_rows_some_are_drawn_and_the_page_says_so() {
    let folder = Folder::new();
    let rows: String = (0..5000u32).map(|i| format!("{},{}\n", i % 71, (i * i) % 97 + i % 71)).collect();
    folder.write("points.csv", format!("x,y\n{rows}"));
    let (_, page) = fitted(&folder, &spec("KMeans(clusters: 2)", "restarts: 1"));
    let text = checked(&page, text_of);
    assert!(text.contains("Of 5000 rows, 2000 are drawn, taken at random."), "{text}");
    assert!(page.len() < 200_000, "{}", page.len());
}

#[test]
fn weights_groups_and_other_data_are_reported_as_they_are() {
    let folder = Folder::new();
    let rows: String =
        (0..20).map(|i| format!("{},g{},{}\n", (i * 7) % 11 + 9 * (i / 10), i / 2, (i / 2) % 3)).collect();
    folder.write("points.csv", format!("x,g,w\n{rows}"));
    let source = "columns: [\"x\"], weights: \"w\", group: \"g\"";
    let (ran, page) = fitted(&folder, &spec(GAUSS, "restarts: 3").replace(".csv\"", &format!(".csv\", {source}")));
    holds(&page, &ran.out);
    checked(&page, |document| {
        let text = text_of(document);
        assert!(text.contains("10 groups of 20 rows weighing 9 from points.csv"), "{text}");
    });
    folder.write("new.csv", "x\n1\n2\n3\n14\n");
    folder.write("alone.ron", spec(GAUSS, "restarts: 3").replace(".csv\"", ".csv\", columns: [\"x\"]"));
    folder.json(&["fit", "alone.ron", "--quiet"]);
    let ran = folder.em(&["report", "alone.fit.ron", "-o", "new.html", "--data", "new.csv"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert!(checked(&folder.read("new.html"), text_of).contains("4 observations from new.csv"));
}

#[test]
fn what_is_suspicious_is_said_with_what_to_try() {
    let folder = Folder::with("");
    let (ran, page) = fitted(&folder, &spec(GAUSS, "restarts: 1, stop: (max_iterations: 1)"));
    assert_eq!(ran.status, 1);
    checked(&page, |document| {
        let text = text_of(document);
        assert!(text.contains("Not converged.") && text.contains("the limit of 1 iteration was reached"), "{text}");
        assert!(text.contains("To try: raise the limit that stopped it"), "{text}");
    });
    // The fit is there, so that its page is a success.
    assert_eq!(folder.em(&["report", "spec.fit.ron", "-o", "again.html"]).status, 0);
    folder.write("points.csv", POINTS.replace("12.5", "12.6"));
    let changed = folder.em(&["report", "spec.fit.ron", "-o", "again.html"]);
    assert_eq!(changed.status, 0);
    assert!(changed.err.contains("points.csv: the data have changed since the fit"), "{}", changed.err);
    assert!(checked(&folder.read("again.html"), text_of).contains("the data have changed since the fit"));
    folder.write("points.csv", "x,y\n1,1\n1,1\n1,1\n2,2\n2,2\n2,2\n5,9\n");
    folder.write("fails.ron", spec("GaussianMixture(components: 3)", "restarts: 1"));
    let failed = folder.em(&["fit", "fails.ron", "--report", "fails.html"]);
    assert_eq!((failed.status, failed.out.as_str(), folder.path("fails.html").exists()), (3, "", false));
}

#[test]
fn json_stays_one_document() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    let with = folder.json(&["fit", "spec.ron", "--report", "page.html"]);
    let mut without = folder.json(&["fit", "spec.ron"]);
    without["seconds"] = with["seconds"].clone();
    assert_eq!(with, without);
    let told = folder.json(&["report", "spec.fit.ron", "-o", "again.html"]);
    let bytes = folder.read("again.html").len();
    let wanted = serde_json::json!({ "fit": "spec.fit.ron", "model": "GaussianMixture", "report": "again.html", "bytes": bytes });
    assert_eq!(told, wanted);
}

#[test]
fn no_page_takes_the_place_of_an_input_or_of_another_output() {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    folder.json(&["fit", "spec.ron", "--checkpoint", "old.checkpoint"]);
    folder.write("later.ron", spec(GAUSS, "start: Fit(\"spec.fit.ron\")"));
    let before: Vec<(String, String)> =
        folder.names().into_iter().map(|name| (name.clone(), folder.read(&name))).collect();
    let input = "the output would overwrite an input; choose another name with";
    let output = "the report would overwrite another output; choose another name with --report";
    for (args, said) in [
        (&["report", "spec.fit.ron", "-o", "spec.fit.ron"][..], input),
        (&["report", "spec.fit.ron", "-o", "points.csv"], input),
        (&["fit", "spec.ron", "--report", "spec.ron"], input),
        (&["fit", "spec.ron", "--report", "points.csv"], input),
        (&["fit", "later.ron", "--report", "spec.fit.ron"], input),
        (&["fit", "spec.ron", "-o", "new.ron", "--resume", "old.checkpoint", "--report", "old.checkpoint"], input),
        (&["fit", "spec.ron", "-o", "new.ron", "--report", "./new.ron"], output),
        (&["fit", "spec.ron", "--report", "new.c", "--checkpoint", "new.c"], output),
        (&["report", "spec.fit.ron", "-o", "."], "this is a folder"),
        (&["fit", "spec.ron", "--report", "no/page.html"], "create the folder first"),
        (&["report", "spec.ron", "-o", "page.html"], "this is no fit file"),
        (&["report", "spec.fit.ron", "-o", "page.html", "--data", "none.csv"], "there is no such file"),
        (&["report", "spec.fit.ron"], "--output"),
        (&["fit", "spec.ron", "--image", "1x2"], "--report"),
    ] {
        let ran = folder.em(args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
    }
    let after: Vec<(String, String)> =
        folder.names().into_iter().map(|name| (name.clone(), folder.read(&name))).collect();
    assert!(before == after, "{:?}", folder.names());
}

#[test]
fn a_choice_among_models_has_its_curves_and_the_chosen_fit() {
    let swept = spec(GAUSS, "restarts: 3")
        .replace("    model:", "    sweep: (components: [1, 2, 9], covariance: [Diagonal, Spherical]),\n    model:");
    let folder = Folder::with(&swept);
    let ran = folder.em(&["select", "spec.ron", "--report", "page.html", "--quiet"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.ends_with("report written to page.html\n"));
    let page = folder.read("page.html");
    holds(&page, &ran.out);
    checked(&page, |document| {
        let text = text_of(document);
        assert!(
            text.contains("The chosen model: GaussianMixture(") && text.contains("covariance: Spherical"),
            "{text}"
        );
        assert!(text.contains("components: 9, covariance: Diagonal: no fit: points.csv:"), "{text}");
        // A ring for the chosen model in each of four drawings, and one in the legend.
        assert!(count(document, "ring") >= 5);
    });
    let refused = folder.em(&["select", "spec.ron", "--report", "spec.ron"]);
    assert_eq!((refused.status, folder.read("spec.ron")), (2, swept.clone()));
    let refused = folder.em(&["select", "spec.ron", "-o", "new.ron", "--report", "new.ron"]);
    assert!(refused.status == 2 && !folder.path("new.ron").exists());
    // Without criteria there are log-likelihoods to be drawn, and no choice.
    folder.write(
        "clusters.ron",
        swept
            .replace(GAUSS, "KMeans(clusters: 2)")
            .replace("components: [1, 2, 9], covariance: [Diagonal, Spherical]", "clusters: [1, 2, 3]"),
    );
    assert_eq!(folder.em(&["select", "clusters.ron", "--report", "clusters.html", "--quiet"]).status, 0);
    checked(&folder.read("clusters.html"), |document| {
        let text = text_of(document);
        assert!(text.contains("minus the inertia") && text.contains("none is chosen"), "{text}");
        assert_eq!(count(document, "ring"), 0);
    });
}
