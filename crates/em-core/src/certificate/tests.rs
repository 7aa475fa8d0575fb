//! Certificates of small models whose derivatives are known.

use crate::*;
use std::ops::Range;

/// Rows (y, x₁, x₂).
type Rows = [[f64; 3]];

/// y = a x₁ + b x₂ + noise of standard deviation e^s, all three parameters free. Nothing is latent, so an M-step that does
/// nothing leaves a fit where it starts.
struct Line;

impl LatentModel for Line {
    type Data = Rows;
    type Params = [f64; 3];
    type Stats = [f64; 3]; // the slope
    fn zero(&self, _: &[f64; 3]) -> [f64; 3] {
        [0.0; 3]
    }
    fn expect(&self, [a, b, s]: &[f64; 3], rows: &Rows, units: Range<usize>, g: &mut [f64; 3]) -> f64 {
        let one = |[y, x, z]: &[f64; 3]| {
            let (gap, precision) = (y - a * x - b * z, (-2.0 * s).exp());
            g[0] += precision * gap * x;
            g[1] += precision * gap * z;
            g[2] += precision * gap * gap - 1.0;
            -0.5 * precision * gap * gap - s
        };
        rows[units].iter().map(one).sum()
    }
    fn maximize(&self, _: &[f64; 3], p: &[f64; 3]) -> Result<[f64; 3], MStepError> {
        Ok(*p)
    }
}

impl Coordinates for Line {
    fn to_free(&self, p: &[f64; 3]) -> Vec<f64> {
        p.to_vec()
    }
    fn at_free(&self, _: &[f64; 3], x: &[f64]) -> Result<[f64; 3], MStepError> {
        Ok([x[0], x[1], x[2]])
    }
    fn coordinate_names(&self, _: &[f64; 3]) -> Vec<String> {
        ["a", "b", "spread"].map(String::from).to_vec()
    }
}

impl Gradient for Line {
    fn gradient(&self, _: &[f64; 3], slope: &[f64; 3]) -> Vec<f64> {
        slope.to_vec()
    }
}

fn at<M: LatentModel>(model: &M, data: &M::Data, params: M::Params) -> Fitted<M> {
    Fit::new(model, data).stop(Rule::MaxIterations(0)).from(params).unwrap()
}

/// Both ways of one point.
fn both(data: &Rows, params: [f64; 3]) -> [Certificate; 2] {
    let fitted = at(&Line, data, params);
    [Certificate::by_gradient(&Line, data, &fitted), Certificate::of(&Line, data, &fitted)]
}

/// y = x₁ + z₂ ± ½, with x₂ = unit · z₂ and x₁, z₂ of correlation 3/5 about 0, all sums by hand; at a maximum, ½ is the
/// spread.
fn rows(unit: f64) -> Vec<[f64; 3]> {
    let pairs = [[1.0, 1.0], [1.0, 1.0], [-1.0, -1.0], [-1.0, -1.0], [2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [0.0, -2.0]];
    let both = |[x, z]: [f64; 2]| [0.5, -0.5].map(|e| [x + z + e, x, unit * z]);
    pairs.into_iter().flat_map(both).collect()
}

#[test]
fn a_maximum_by_hand_in_any_units_and_both_ways() {
    for unit in [1.0, 1e-8, 1e9] {
        for found in both(&rows(unit), [1.0, 1.0 / unit, 0.5f64.ln()]) {
            assert_eq!(found.verdict, Verdict::StrictMaximum, "{unit}: {found:?}");
            // Σ x₁² = Σ z₂² = 24 and Σ x₁ z₂ = 8, so that a and b have correlation ⅓, and the spread none with either.
            let wanted = [-4.0 / 3.0, -1.0, -2.0 / 3.0];
            let off = found.eigenvalues.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < found.tolerance && found.tolerance <= 2e-5, "{unit}: {found:?}");
            assert!(found.to_gain.unwrap() < 1e-12 && found.rising.is_empty() && found.flat.is_empty());
            assert_eq!(found.convergence, None);
        }
    }
    let [fisher, differences] = both(&rows(1.0), [1.0, 1.0, 0.5f64.ln()]);
    // Three of both sides and one here; by values, two more for each pair.
    assert!(fisher.passes >= 7.0 && differences.passes >= 13.0, "{} {}", fisher.passes, differences.passes);
}

#[test]
fn what_is_still_to_gain_is_what_there_is() {
    let data = rows(1.0);
    for found in both(&data, [1.0, 1.25, 0.5f64.ln()]) {
        // −½ · 4 · 24 · (1/4)² in b alone; but a follows, and leaves 1 − 1/9 of it, and the spread moves too.
        assert_eq!(found.verdict, Verdict::NotStationary);
        assert!(found.to_gain.unwrap() > 1.0, "{found:?}");
        assert_eq!(found.warnings()[0].code, "not_stationary");
    }
    // Near the maximum it is exact: with the spread where it belongs, 48 (1 − 1/9) · 10⁻⁴ along (0, 1) less what a could do.
    let [near, _] = both(&data, [1.0, 1.01, 0.5f64.ln()]);
    let best = at(&Line, &data[..], [1.0, 1.0, 0.5f64.ln()]).objective();
    let left = best - at(&Line, &data[..], [1.0, 1.01, 0.5f64.ln()]).objective();
    assert!((near.to_gain.unwrap() / left - 1.0).abs() < 0.02, "{near:?} {left}");
}

#[test]
fn collinear_columns_trade_off_in_any_units() {
    for unit in [1.0, 1e-7, 1e6] {
        let data: Vec<[f64; 3]> = rows(1.0).into_iter().map(|[y, x, z]| [y - z, x + z, unit * (x + z)]).collect();
        let n = data.len() as f64;
        let (xx, xy) = data.iter().fold((0.0, 0.0), |(xx, xy), [y, x, _]| (xx + x * x, xy + x * y));
        let slope = xy / xx;
        let variance = data.iter().map(|[y, x, _]| (y - slope * x).powi(2)).sum::<f64>() / n;
        for found in both(&data, [slope / 2.0, slope / (2.0 * unit), 0.5 * variance.ln()]) {
            assert_eq!(found.verdict, Verdict::NotIdentified, "{unit}: {found:?}");
            // In standard errors both move alike, whatever the unit.
            assert_eq!(found.flat.len(), 1);
            assert_eq!(found.flat[0].to_string(), "a (+0.71), b (−0.71)");
            let warning = &found.warnings()[0];
            assert!(warning.code == "not_identified" && warning.message.contains("a (+0.71), b (−0.71)"));
        }
    }
}

/// ln p = height(x) of one number x, whatever the data.
struct Hill(fn(f64) -> f64);

impl LatentModel for Hill {
    type Data = [f64];
    type Params = f64;
    type Stats = f64;
    fn zero(&self, _: &f64) -> f64 {
        0.0
    }
    fn expect(&self, x: &f64, _: &[f64], units: Range<usize>, _: &mut f64) -> f64 {
        units.map(|_| (self.0)(*x)).sum()
    }
    fn maximize(&self, _: &f64, x: &f64) -> Result<f64, MStepError> {
        Ok(*x)
    }
}

impl Coordinates for Hill {
    fn to_free(&self, x: &f64) -> Vec<f64> {
        vec![*x]
    }
    fn at_free(&self, _: &f64, x: &[f64]) -> Result<f64, MStepError> {
        Ok(x[0])
    }
}

fn hill(height: fn(f64) -> f64, x: f64) -> Certificate {
    let (model, data) = (Hill(height), [0.0; 100]);
    Certificate::of(&model, &data[..], &at(&model, &data[..], x))
}

#[test]
fn verdicts_on_hills() {
    let saddle = hill(|x| x * x - 0.25 * x.powi(4), 0.0);
    assert_eq!((saddle.verdict, saddle.coordinates), (Verdict::Saddle, 1));
    // The tops are at x = ±√2, one nat higher for each of the 100; √n standard errors lead to x = 0.71.
    assert!(saddle.rising[0].gain > 40.0 && saddle.rising[0].gain <= 100.0, "{saddle:?}");
    assert_eq!(saddle.warnings()[0].code, "saddle");
    // Without curvature, but it rises farther out.
    assert_eq!(hill(|x| x.powi(4) - x.powi(6), 0.0).verdict, Verdict::Saddle);
    assert_eq!(hill(|x| -x * x, 0.0).verdict, Verdict::StrictMaximum);
    assert_eq!(hill(|_| 3.0, 0.5).verdict, Verdict::NotIdentified);
    // The log odds of heads when all tosses are heads.
    let heads = hill(|x| -(-x).exp().ln_1p(), 45.0);
    assert_eq!((heads.verdict, heads.border.len()), (Verdict::AtBorder, 1), "{heads:?}");
    let infinite = hill(|x| -(-x).exp().ln_1p(), f64::INFINITY);
    assert_eq!((infinite.verdict, infinite.coordinates), (Verdict::AtBorder, 0), "{infinite:?}");
    let nowhere = hill(|x| if x == 0.0 { 1.0 } else { f64::NAN }, 0.0);
    assert_eq!(nowhere.verdict, Verdict::AtBorder, "{nowhere:?}");
    assert!([saddle, heads, infinite].iter().all(|c| !serde_json::to_string(c).unwrap().contains("null,\"eigen")));
}

/// Two normal distributions of variance 1 and equal weight, of means a and b.
struct Twins;

impl LatentModel for Twins {
    type Data = [f64];
    type Params = [f64; 2];
    type Stats = [[f64; 2]; 2]; // r and r x
    fn zero(&self, _: &[f64; 2]) -> [[f64; 2]; 2] {
        [[0.0; 2]; 2]
    }
    fn expect(&self, means: &[f64; 2], data: &[f64], units: Range<usize>, s: &mut [[f64; 2]; 2]) -> f64 {
        let one = |x: &f64| {
            let p = means.map(|m| 0.5 * (-0.5 * (x - m) * (x - m)).exp());
            for (s, p) in s.iter_mut().zip(p.map(|one| one / (p[0] + p[1]))) {
                *s = [s[0] + p, s[1] + p * x];
            }
            (p[0] + p[1]).ln()
        };
        data[units].iter().map(one).sum()
    }
    fn maximize(&self, s: &[[f64; 2]; 2], _: &[f64; 2]) -> Result<[f64; 2], MStepError> {
        Ok(s.map(|s| s[1] / s[0]))
    }
}

impl Coordinates for Twins {
    fn to_free(&self, means: &[f64; 2]) -> Vec<f64> {
        means.to_vec()
    }
    fn at_free(&self, _: &[f64; 2], x: &[f64]) -> Result<[f64; 2], MStepError> {
        Ok([x[0], x[1]])
    }
    fn coordinate_names(&self, _: &[f64; 2]) -> Vec<String> {
        vec!["means[0]".into(), "means[1]".into()]
    }
}

const TWINS: [f64; 8] = [-2.1, -1.4, -1.9, 0.2, 1.2, 2.4, 1.7, 2.2];

#[test]
fn identical_components_end_at_a_saddle_between_the_orders() {
    let fit = |start: [f64; 2]| {
        let fitted = Fit::new(&Twins, &TWINS[..]).from(start).unwrap();
        (fitted.objective(), Certificate::of(&Twins, &TWINS[..], &fitted))
    };
    let ((stuck, saddle), (best, top)) = (fit([0.5, 0.5]), fit([-1.0, 1.0]));
    assert_eq!((saddle.verdict, top.verdict), (Verdict::Saddle, Verdict::StrictMaximum));
    assert_eq!(saddle.rising[0].to_string(), "means[0] (+0.71), means[1] (−0.71)");
    assert!(saddle.rising[0].gain > 0.1 && saddle.rising[0].gain <= best - stuck, "{saddle:?} {best} {stuck}");
}

#[test]
fn of_a_slow_fit_stopped_early_both_estimates_are_what_the_rest_gains() {
    // Hardly more spread than one of the two has alone, which makes EM slow.
    let data = [-1.5, -1.0, -1.1, -0.5, 0.3, 0.8, 1.2, 1.9];
    let fit = |most| Fit::new(&Twins, &data[..]).stop(Rule::MaxIterations(most)).from([-0.2, 0.4]).unwrap();
    let (best, early) = (fit(200).objective(), fit(12));
    let found = Certificate::of(&Twins, &data[..], &early);
    let (left, aitken) = (best - early.objective(), found.convergence.unwrap());
    assert!(left > 1e-12);
    assert!((found.to_gain.unwrap() / left - 1.0).abs() < 0.1, "{left}: {found:?}");
    assert!((aitken.remaining / left - 1.0).abs() < 0.2, "{left}: {found:?}");
}

#[test]
fn what_is_dear_is_said_to_be() {
    let fitted = at(&Twins, &TWINS[..], [0.0, 1.0]);
    assert_eq!(Certificate::is_cheap(&Twins, &TWINS[..], &fitted, Derivatives::Differences), Ok(()));
    let many = vec![0.0; 500_000];
    let refused = Certificate::is_cheap(&Twins, &many[..], &fitted, Derivatives::Differences).unwrap_err();
    assert_eq!(refused, "it takes about 7 passes over 500000 units, for 2 free coordinates");
}

#[test]
fn an_interrupt_ends_it_and_nothing_is_said() {
    let data = [[1.0, 1.0, 0.0], [2.0, 1.0, 1.0], [2.5, 0.0, 1.0], [0.0, 1.0, -1.0]];
    let fitted = at(&Line, &data, [1.0, 1.0, 0.0]);
    let interrupt = Interrupt::default();
    interrupt.raise();
    let found = interrupt.during(|| Certificate::of(&Line, &data[..], &fitted));
    assert_eq!((found.verdict, found.passes), (Verdict::Unknown, 0.0));
}
