//! Models of one's own, registered from outside and without any capability, in every command.

use em_cli::failure::Status;
use em_core::{LatentModel, MStepError, Weighted, register};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Waiting times with one unknown mean; the parameter is a bare number.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BareMean {}

impl LatentModel for BareMean {
    type Data = Weighted<f64>;
    type Params = f64;
    type Stats = [f64; 2];
    fn zero(&self, _: &f64) -> [f64; 2] {
        [0.0; 2]
    }
    fn expect(&self, mean: &f64, data: &Weighted<f64>, units: Range<usize>, s: &mut [f64; 2]) -> f64 {
        sums(data, units, s, |x| -(mean.ln() + x / mean))
    }
    fn maximize(&self, s: &[f64; 2], _: &f64) -> Result<f64, MStepError> {
        Ok(s[1] / s[0])
    }
}
register!(BareMean);

/// The same with a field of the spec and a parameter with a name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedMean {
    /// Time is counted in units of this.
    unit: f64,
    #[serde(default)]
    note: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Theta {
    theta: f64,
}

impl LatentModel for NamedMean {
    type Data = Weighted<f64>;
    type Params = Theta;
    type Stats = [f64; 2];
    fn zero(&self, _: &Theta) -> [f64; 2] {
        [0.0; 2]
    }
    fn expect(&self, p: &Theta, data: &Weighted<f64>, units: Range<usize>, s: &mut [f64; 2]) -> f64 {
        let mean = p.theta * self.unit;
        sums(data, units, s, |x| -(mean.ln() + x / mean))
    }
    fn maximize(&self, s: &[f64; 2], _: &Theta) -> Result<Theta, MStepError> {
        Ok(Theta { theta: s[1] / s[0] / self.unit })
    }
    fn admit(&self, p: &Theta, _: &Weighted<f64>) -> Result<Theta, String> {
        if p.theta > 0.0 { Ok(p.clone()) } else { Err(format!("`theta` is {}; it must be above 0", p.theta)) }
    }
}
register!(NamedMean);

fn sums(data: &Weighted<f64>, units: Range<usize>, s: &mut [f64; 2], log: impl Fn(f64) -> f64) -> f64 {
    let each = units.map(|u| {
        let (x, w) = (data.items[u], data.weights[u]);
        s[0] += w;
        s[1] += w * x;
        w * log(x)
    });
    each.sum()
}

/// A folder with a spec of `model`, in which a command runs in this process.
struct Place(tempfile::TempDir);

impl Place {
    fn new(model: &str, fit: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spec =
            format!("(\n    data: Inline(columns: {{\"x\": [1, 2, 6]}}),\n    model: {model},\n    fit: ({fit}),\n)\n");
        std::fs::write(folder.path().join("s.ron"), spec).unwrap();
        Place(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Runs a command; names that end in `.ron` are files in the folder, which messages do not show.
    fn em(&self, args: &[&str]) -> (Status, String, String) {
        let place = |a: &&str| if a.ends_with(".ron") { self.path(a) } else { a.to_string() };
        let all = std::iter::once("em".to_string()).chain(args.iter().map(place));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = em_cli::execute(all.map(Into::into), &mut out, &mut err);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&self.path(""), "");
        (status, text(out), text(err))
    }

    fn fit(&self) -> (Status, String, String) {
        self.em(&["fit", "s.ron", "-o", "f.ron"])
    }

    /// The refusal of a fit, whose first line `em check` repeats.
    fn refusal(&self) -> String {
        let (status, out, err) = self.fit();
        assert_eq!((status, out.as_str()), (Status::Refused, ""), "{err}");
        let first = err.lines().next().unwrap().to_string();
        let check = self.em(&["check", "s.ron"]);
        assert_eq!((check.0, check.2.lines().next()), (Status::Refused, Some(first.as_str())));
        assert!(!self.0.path().join("f.ron").exists());
        first
    }
}

const NAMED: &str = "NamedMean(unit: 2)";

#[test]
fn given_parameters_are_fitted_and_used() {
    for (model, start, mean) in [(NAMED, "Params(theta: 0.5)", "1.5"), ("BareMean", "Params(0.5)", "3")] {
        let place = Place::new(model, &format!("start: {start}"));
        let (status, out, err) = place.fit();
        assert_eq!((status, err.as_str()), (Status::Done, ""));
        assert!(out.contains(mean) && out.contains("log-likelihood"), "{out}");
        let (_, json, _) = place.em(&["fit", "s.ron", "-o", "f.ron", "--json"]);
        let fit: serde_json::Value = serde_json::from_str(&json).unwrap();
        for field in ["n_parameters", "aic", "bic", "icl"] {
            assert!(fit[field].is_null(), "{field}");
        }
        let wanted = -3.0 * 3.0f64.ln() - 3.0;
        assert!((fit["log_likelihood"].as_f64().unwrap() - wanted).abs() < 1e-9);
        let (status, out, err) = place.em(&["score", "f.ron", "--json"]);
        let score: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!((status, &score["log_likelihood"]), (Status::Done, &fit["log_likelihood"]), "{err}");
        let (status, out, err) = place.em(&["predict", "f.ron"]);
        let name = &model[..model.find('(').unwrap_or(model.len())];
        let wanted = format!(
            "error: f.ron: `em predict` needs `Predict`, which the model {name} does not offer; use `em score` on the fit instead\n"
        );
        assert_eq!((status, out.as_str(), err), (Status::Refused, "", wanted));
    }
}

#[test]
fn their_pages_show_what_is_known_of_any_model() {
    for (model, start) in [(NAMED, "Params(theta: 0.5)"), ("BareMean", "Params(0.5)")] {
        let place = Place::new(model, &format!("start: {start}"));
        place.fit();
        let page = place.path("page.html");
        let (status, out, err) = place.em(&["report", "f.ron", "-o", &page]);
        assert_eq!((status, out.as_str(), err.as_str()), (Status::Done, "report written to page.html\n", ""));
        let page = std::fs::read_to_string(page).unwrap();
        // The parameter, the likelihood, the density of the one column, and the trace.
        let figures = [
            if model == NAMED { "1.5000" } else { "3.0000" },
            "-6.2958 nats",
            "density of the model",
            "log₁₀ of the gain",
        ];
        figures.iter().for_each(|figure| assert!(page.contains(figure), "{figure} in {page}"));
        assert!(!page.contains("component 0"));
    }
}

#[test]
fn what_needs_a_capability_names_it() {
    let wanted = "error: s.ron: a fit without `start` needs `Start`, which the model NamedMean does not offer; give parameters to start from: `fit: (start: Params(…))`";
    assert_eq!(Place::new(NAMED, "").refusal(), wanted);
    let wanted = "error: s.ron: line 4, column 18: `fit.start`: `Rows` needs `Start`, which the model NamedMean does not offer; it can start from `Params(…)`";
    assert_eq!(Place::new(NAMED, "start: Rows").refusal(), wanted);
    let found = Place::new(NAMED, "start: Params(theta: 0.5), stop: (parameter_change: 1e-3)").refusal();
    let wanted = "`fit.stop.parameter_change`: the rule `parameter_change` needs `Coordinates`, which the model NamedMean does not offer; stop by `relative_gain` instead";
    assert!(found.ends_with(wanted), "{found}");
}

#[test]
fn wrong_parameters_are_refused_in_place() {
    let refusal = |model: &str, start: &str| Place::new(model, &format!("start: {start}")).refusal();
    let at = "error: s.ron: line 4, column";
    let wanted = format!("{at} 18: `fit.start`: `theta` is -1; it must be above 0");
    assert_eq!(refusal(NAMED, "Params(theta: -1)"), wanted);
    let wanted = "`thet` is not known here; did you mean `theta`? (known: `theta`)";
    assert_eq!(refusal(NAMED, "Params(thet: 1)"), format!("{at} 25: `fit.start.Params`: {wanted}"));
    let wanted = "a parameter is expected, `name: value` (known: `theta`)";
    assert_eq!(refusal(NAMED, "Params(0.5)"), format!("{at} 25: `fit.start.Params`: {wanted}"));
    let found = refusal("BareMean", "Params(theta: 0.5)");
    let wanted = "the parameters of this model are one value without a name, found `theta`; write `Params(…)` around the value alone";
    assert!(found.starts_with(at) && found.ends_with(wanted), "{found}");
    let found = refusal("BareMean", "Params(\"a\")");
    assert!(found.starts_with(at) && found.ends_with("is expected, found \"a\""), "{found}");
    let two = Place::new("BareMean", "start: Params(1)");
    let spec = std::fs::read_to_string(two.path("s.ron")).unwrap().replace("]}", "], \"y\": [1, 2, 3]}");
    std::fs::write(two.path("s.ron"), spec).unwrap();
    assert!(two.refusal().starts_with("error: inline data: the model takes 1 column, but there are 2"));
}

/// The M-step of these models divides 0 by 0 where no row counts, and the conformance kit notices.
#[test]
fn a_broken_law_is_told_with_exit_status_1() {
    let place = Place::new(NAMED, "start: Params(theta: 0.5)");
    let (status, out, err) = place.em(&["check", "s.ron", "--model"]);
    assert_eq!((status, err.as_str()), (Status::Unconverged, ""));
    assert!(out.contains("\nNamedMean: ") && out.contains(" 1 broken, "), "{out}");
    let wanted = "\nbroken: world – empty, single, constant, duplicate, weightless and huge data end in";
    assert!(
        out.contains(wanted) && out.contains("no units: the fitted parameters cannot be written and read"),
        "{out}"
    );
    let (status, json, _) = place.em(&["check", "s.ron", "--model", "--json"]);
    let report = serde_json::from_str::<serde_json::Value>(&json).unwrap();
    let failed = report["check"]["laws"].as_array().unwrap().iter().find(|law| law["outcome"] == "failed").unwrap();
    assert_eq!((status, failed["law"].as_str()), (Status::Unconverged, Some("world")));
    assert_eq!(failed["finding"]["params"], "{\"theta\":0.5}");
}

#[test]
fn they_are_listed_with_their_fields() {
    let place = Place::new(NAMED, "");
    let (status, out, _) = place.em(&["models"]);
    assert!(status == Status::Done && out.contains("NamedMean") && out.contains("GaussianMixture"), "{out}");
    let (_, out, _) = place.em(&["models", "NamedMean"]);
    assert!(out.contains("unit") && out.contains("note"), "{out}");
    let (_, out, _) = place.em(&["models", "NamedMean", "--json"]);
    let described: serde_json::Value = serde_json::from_str(&out).unwrap();
    // Plain items can be taken apart, whatever the model; it offers nothing of its own.
    assert_eq!(described["capabilities"], serde_json::json!(["Resampled"]));
    assert_eq!(described["fields"].as_array().unwrap().len(), 2);
    let wanted = "error: there is no model `NamedMaen`; did you mean `NamedMean`? (known: ";
    let (status, _, err) = place.em(&["models", "NamedMaen"]);
    assert!(status == Status::Refused && err.starts_with(wanted), "{err}");
}
