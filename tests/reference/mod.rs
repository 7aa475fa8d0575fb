//! Reading the reference files.

#![allow(dead_code, reason = "every test binary uses its own part")]

use em::core::table::Table;
use em::families::{Covariance, Term};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Write;
use std::path::PathBuf;

/// One file of `fits`.
pub struct Reference(pub Value);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

/// All numbers in a value, in order.
pub fn numbers(v: &Value) -> Vec<f64> {
    match v {
        Value::Array(a) => a.iter().flat_map(numbers).collect(),
        v => vec![v.as_f64().unwrap_or_else(|| panic!("{v} is no number"))],
    }
}

/// Compares relative to the largest of all.
pub fn close(what: &str, got: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    let scale = wanted.iter().fold(0.0f64, |m, w| m.max(w.abs()));
    for (i, (g, w)) in got.iter().zip(wanted).enumerate() {
        assert!((g - w).abs() <= tolerance * scale, "{what}: entry {i} is {g}, not {w}");
    }
}

impl Reference {
    /// All files, by name.
    pub fn all() -> Vec<Self> {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder().join("fits")).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        let read = |p: &PathBuf| Reference(serde_json::from_str(&std::fs::read_to_string(p).unwrap()).unwrap());
        paths.iter().map(read).collect()
    }

    pub fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    pub fn edge(&self) -> Option<&str> {
        self.0["edge"].as_str()
    }

    /// The objective; where the file tells what is minimised, minus that.
    pub fn trace(&self) -> Vec<f64> {
        let sign = if self.0["trace"]["quantity"] == "inertia" { -1.0 } else { 1.0 };
        numbers(&self.0["trace"]["values"]).into_iter().map(|v| sign * v).collect()
    }

    /// The cluster of every row, where the file tells.
    pub fn labels(&self) -> Option<Vec<usize>> {
        let labels = self.0["labels"].as_array()?;
        Some(labels.iter().map(|l| l.as_u64().unwrap() as usize).collect())
    }

    /// The cluster that the first assignment leaves empty.
    pub fn empty_cluster(&self) -> usize {
        numbers(&self.0["first_assignment_sizes"]).iter().position(|n| *n == 0.0).unwrap()
    }

    pub fn iterations_to_convergence(&self) -> u64 {
        self.0["trace"]["iterations_to_convergence"].as_u64().expect("a fit that converges")
    }

    /// The stated start, named as the program names parameters.
    pub fn start<P: DeserializeOwned>(&self) -> P {
        serde_json::from_value(self.start_parameters().into()).unwrap()
    }

    fn start_parameters(&self) -> serde_json::Map<String, Value> {
        let mut parameters = self.0["start"]["parameters"].as_object().unwrap().clone();
        self.write_out(&mut parameters);
        parameters
    }

    /// The form of the covariances of a Gaussian mixture.
    pub fn covariance(&self) -> Covariance {
        match self.0["settings"]["covariance"].as_str().expect("a Gaussian mixture") {
            "full" => Covariance::Full,
            "tied" => Covariance::Tied,
            "diag" => Covariance::Diagonal,
            "tied_diag" => Covariance::TiedDiagonal,
            "spherical" => Covariance::Spherical,
            "tied_spherical" => Covariance::TiedSpherical,
            other => panic!("{other} is no form of covariances"),
        }
    }

    /// Writes parameters as the program has them: the covariances of a Gaussian mixture as k whole matrices.
    fn write_out(&self, parameters: &mut serde_json::Map<String, Value>) {
        if let Some(probabilities) = parameters.remove("probs") {
            parameters.insert("probabilities".into(), probabilities);
        }
        if self.0["model"] != "gaussian_mixture" {
            return;
        }
        let d = parameters["means"][0].as_array().unwrap().len();
        let k = parameters["means"].as_array().unwrap().len();
        let stored = parameters["covariances"].clone();
        let diagonal = |at: &dyn Fn(usize) -> Value| -> Value {
            let row = |i: usize| (0..d).map(|j| if i == j { at(i) } else { 0.0.into() }).collect::<Value>();
            (0..d).map(row).collect()
        };
        let one = |j: usize| match self.covariance() {
            Covariance::Tied => stored.clone(),
            Covariance::Diagonal => diagonal(&|i| stored[j][i].clone()),
            Covariance::TiedDiagonal => diagonal(&|i| stored[i].clone()),
            Covariance::Spherical => diagonal(&|_| stored[j].clone()),
            Covariance::TiedSpherical => diagonal(&|_| stored.clone()),
            _ => stored[j].clone(),
        };
        parameters["covariances"] = (0..k).map(one).collect();
    }

    /// What the fit must come to, by the program's names.
    pub fn fitted_parameters(&self) -> Vec<(String, Value)> {
        let fit = &self.0["fit"];
        let mut parameters = fit["parameters"].as_object().unwrap().clone();
        self.write_out(&mut parameters);
        let mut all: Vec<(String, Value)> = parameters.into_iter().collect();
        let others =
            [("posterior_mean", "mean"), ("posterior_covariance", "covariance"), ("gamma", "effective_parameters")];
        all.extend(others.iter().filter(|(a, _)| !fit[a].is_null()).map(|(a, b)| (b.to_string(), fit[a].clone())));
        all
    }

    pub fn standardized(&self) -> bool {
        self.0["data"]["transform"] == "standardize"
    }

    fn file(&self) -> Option<PathBuf> {
        let file = self.0["data"]["file"].as_str()?;
        Some(folder().join(file))
    }

    fn design(&self) -> Vec<&str> {
        self.0["data"]["design"].as_array().map_or(Vec::new(), |d| d.iter().map(|e| e.as_str().unwrap()).collect())
    }

    /// The name of the response: that of its column, or `response` where it was computed.
    pub fn response(&self) -> String {
        match self.0["data"]["response"].as_str() {
            Some(name) if name.chars().all(char::is_alphanumeric) => name.into(),
            _ => "response".into(),
        }
    }

    /// The terms of the design, in the program's own words, and whether there is an intercept.
    pub fn terms(&self) -> (Vec<Term>, bool) {
        let design = self.design();
        let intercept = design.iter().any(|e| *e == "1" || *e == "x^0");
        let rest: Vec<&str> = design.into_iter().filter(|e| *e != "1" && *e != "x^0").collect();
        if rest.iter().all(|e| e.starts_with("x^")) && !rest.is_empty() {
            return (vec![Term::Polynomial("x".into(), rest.len() as u32)], intercept);
        }
        if rest.iter().all(|e| e.starts_with("exp(-(x - ")) && !rest.is_empty() {
            return (vec![bumps(&rest)], intercept);
        }
        let term = |e: &&str| match e.strip_prefix("log(").and_then(|e| e.strip_suffix(')')) {
            Some(column) => Term::Log(column.into()),
            None => Term::Column(e.to_string()),
        };
        (rest.iter().map(term).collect(), intercept)
    }

    /// The columns that are fitted, whether in a file or not.
    fn columns(&self) -> Vec<(String, Vec<f64>)> {
        let data = &self.0["data"];
        if let Some(rows) = data["inline"].as_array() {
            let d = rows[0].as_array().unwrap().len();
            let column = |j: usize| rows.iter().map(|r| r[j].as_f64().unwrap()).collect();
            return (0..d).map(|j| (format!("x{j}"), column(j))).collect();
        }
        let table = self.file().map(|f| em::cli::read_csv(f).unwrap());
        if let Some(names) = data["columns"].as_array() {
            let (table, names) = (table.unwrap(), names.iter().map(|n| n.as_str().unwrap()));
            let keep = self.kept(&table);
            let pick =
                |n: &str| table.numbers(n).unwrap().iter().zip(&keep).filter(|(_, k)| **k).map(|(v, _)| *v).collect();
            return names.map(|n| (n.to_string(), pick(n))).collect();
        }
        let mut columns = vec![(self.response(), numbers(&data["response_values"]))];
        let names = self
            .terms()
            .0
            .iter()
            .flat_map(|t| t.columns().into_iter().map(String::from).collect::<Vec<_>>())
            .collect::<Vec<_>>();
        columns.extend(names.into_iter().map(|n| {
            let values = table.as_ref().unwrap().numbers(&n).unwrap().to_vec();
            (n, values)
        }));
        columns
    }

    /// The rows that are fitted: all, or `where COLUMN in A,B,C`.
    fn kept(&self, table: &Table) -> Vec<bool> {
        let transform = self.0["data"]["transform"].as_str().unwrap_or("none");
        let Some((column, values)) = transform.strip_prefix("where ").and_then(|t| t.split_once(" in ")) else {
            return vec![true; table.rows()];
        };
        let values: Vec<f64> = values.split(',').map(|v| v.parse().unwrap()).collect();
        table.numbers(column).unwrap().iter().map(|v| values.contains(v)).collect()
    }

    pub fn table(&self) -> Table {
        Table::from_columns(self.id(), self.columns()).unwrap()
    }

    /// A spec of so many iterations of `model` from the stated start.
    pub fn spec(&self, model: &str, iterations: u64) -> String {
        let mut data = match (self.file(), self.0["data"]["columns"].as_array()) {
            (Some(file), Some(columns)) if !self.0["data"]["transform"].as_str().unwrap_or("").starts_with("where") => {
                format!("Csv(path: {:?}, columns: {}", file.to_str().unwrap(), Value::from(columns.clone()))
            }
            _ => {
                let columns = self.columns();
                let text = columns.iter().map(|(name, values)| format!("{name:?}: {values:?}"));
                format!("Inline(columns: {{{}}}", text.collect::<Vec<_>>().join(", "))
            }
        };
        if self.standardized() {
            data += ", standardize: true";
        }
        let mut start = String::new();
        for (name, value) in self.start_parameters() {
            write!(start, "{name}: {value}, ").unwrap();
        }
        format!(
            "(data: {data}),\n model: {model},\n fit: (start: Params({start}), stop: (relative_gain: 0, max_iterations: {iterations})))"
        )
    }
}

/// exp(-(x - c)^2 / (2 * w^2)) for several c.
fn bumps(entries: &[&str]) -> Term {
    let between = |e: &str, before: &str, after: &str| -> f64 {
        let rest = &e[e.find(before).unwrap() + before.len()..];
        rest[..rest.find(after).unwrap()].parse().unwrap()
    };
    Term::GaussianBasis {
        column: "x".into(),
        centers: entries.iter().map(|e| between(e, "(x - ", ")")).collect(),
        width: between(entries[0], "(2 * ", "^"),
    }
}
