//! [`Along`]: what is expected of a response along a covariate.

use super::covariate::Covariate;
use super::subject::Scene;
use em_core::registry::Data;
use em_core::{Dataset, Predict, Prediction, Purpose, Table, Uses};

/// So many covariates are drawn at most.
pub(super) const MOST_COVARIATES: usize = 6;

/// What is expected of the response along a covariate.
pub(super) struct Curve {
    /// The mean at each place.
    pub mean: Vec<f64>,
    /// The standard deviation of the response about it, where the model tells it.
    pub sd: Option<Vec<f64>>,
}

/// A covariate with the curves along it: that of the whole model, and of each part where there are several.
pub(super) struct Along<'a> {
    /// The covariate.
    pub covariate: Covariate<'a>,
    /// The places along its axis.
    pub x: Vec<f64>,
    /// The curve of the whole model.
    pub whole: Curve,
    /// Those of its parts, where there are several.
    pub parts: Vec<Curve>,
    /// The height of a dot for each row that is drawn.
    pub dots: Vec<f64>,
    /// Whether these are partial residuals, and not the response itself.
    pub partial: bool,
}

/// The covariates that are drawn, those along which the mean changes most, and how many are left out.
pub(super) fn along<'a>(scene: &Scene<'a>, uses: &Uses) -> (Vec<Along<'a>>, usize) {
    let mut read: Vec<String> = Vec::new();
    for name in uses.covariates.iter().chain(&uses.levels).chain(uses.others.iter().skip(1)) {
        if !read.contains(name) && Some(name) != uses.others.first() {
            read.push(name.clone());
        }
    }
    let one = |name: &String| {
        let covariate = Covariate::of(scene.subject.table, name, uses.levels.contains(name))?;
        curves(scene, uses.others.first()?, covariate, &read)
    };
    let mut all: Vec<Along> = read.iter().filter_map(one).collect();
    if all.len() > MOST_COVARIATES {
        all.sort_by(|a, b| range(b).total_cmp(&range(a)));
    }
    let left_out = all.len().saturating_sub(MOST_COVARIATES);
    all.truncate(MOST_COVARIATES);
    (all, left_out)
}

fn curves<'a>(scene: &Scene<'a>, response: &str, covariate: Covariate<'a>, read: &[String]) -> Option<Along<'a>> {
    let subject = scene.subject;
    let (model, parts) = (subject.learnt.model(), scene.parts());
    let encode = |table: &Table| subject.learnt.encode(table, Purpose::Predict).ok();
    let predicted = |data: &Data| Some(model.predict.as_ref()?.predict(subject.params, data, 0..data.units()));
    let x = covariate.along();
    let data = encode(&covariate.alone(scene, read, &x)?)?;
    let whole = Curve::of(&predicted(&data)?, x.len())?;
    let part = |j: usize| Curve::of(&model.predict_part(subject.params, j, &data, 0..data.units())?, x.len());
    let parts =
        if parts > 1 { (0..parts).map(part).collect::<Option<Vec<_>>>().unwrap_or_default() } else { Vec::new() };
    let values = subject.table.numbers(response).ok()?;
    let (mut dots, partial): (Vec<f64>, _) =
        (scene.rows.iter().map(|row| values[*row]).collect(), parts.is_empty() && read.len() > 1);
    if partial {
        let at: Vec<f64> = scene.rows.iter().map(|row| covariate.places[*row]).collect();
        let on_curve = Curve::of(&predicted(&encode(&covariate.alone(scene, read, &at)?)?)?, at.len())?;
        let fitted = scene.prediction.numbers("mean").filter(|fitted| fitted.len() == values.len())?;
        let residuals = scene.rows.iter().map(|row| values[*row] - fitted[*row]);
        dots = residuals.zip(on_curve.mean).map(|(residual, mean)| mean + residual).collect();
    }
    Some(Along { covariate, x, whole, parts, dots, partial })
}

impl Curve {
    /// Of a prediction for `rows` rows; none where it has no mean.
    fn of(prediction: &Prediction, rows: usize) -> Option<Self> {
        let finite =
            |name: &str| prediction.numbers(name).filter(|x| x.len() == rows && x.iter().all(|x| x.is_finite()));
        Some(Curve { mean: finite("mean")?.to_vec(), sd: finite("sd").map(<[f64]>::to_vec) })
    }

    /// The mean, and a standard deviation to either side of it.
    pub fn reach(&self) -> impl Iterator<Item = f64> {
        let sd = |i: usize| self.sd.as_ref().map_or(0.0, |sd| sd[i]);
        self.mean.iter().enumerate().flat_map(move |(i, mean)| [mean - sd(i), mean + sd(i)])
    }
}

/// How far apart the largest and the smallest mean are.
fn range(along: &Along) -> f64 {
    let ends = |mean: &[f64]| {
        mean.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), m| (low.min(*m), high.max(*m)))
    };
    let (low, high) = ends(&along.whole.mean);
    high - low
}
