//! Why does EM never lower the likelihood?
//!
//! For any distribution q over the latent variables, ln p(x | θ) = L(q, θ) + KL(q ‖ p(z | x, θ)) (Bishop 2006, eqs.
//! 9.70–9.72). The E-step makes the divergence 0, so that the bound L touches ln p; the M-step raises the bound, and ln p
//! with it. This program adds up both parts along a run, and draws the bounds where they touch.

mod picture;

use em::prelude::*;
use picture::{COLORS, GREY, Panel, SeriesLabelPosition};
use std::f64::consts::TAU;
use std::ops::ControlFlow;

const X: [f64; 15] = [-1.6, -0.9, -0.4, 0.1, 0.3, 0.8, 1.4, 2.1, 2.6, 2.9, 3.1, 3.4, 3.8, 4.3, 5.0];

/// p(x | θ) = ½ N(x | 0, 1) + ½ N(x | θ, 1): the label z of an observation is latent, the mean θ unknown.
struct OneMean;

/// ln p(x, z | θ) for z = 0 and z = 1.
fn log_joint(x: f64, theta: f64) -> [f64; 2] {
    [0.0, theta].map(|mean| 0.5f64.ln() - 0.5 * TAU.ln() - 0.5 * (x - mean).powi(2))
}

/// ln p(x | θ).
fn log_density(x: f64, theta: f64) -> f64 {
    let [a, b] = log_joint(x, theta);
    a.max(b) + (-(a - b).abs()).exp().ln_1p()
}

/// r = p(z = 1 | x, θ), the logistic function of the log odds θx − θ²/2.
fn responsibility(x: f64, theta: f64) -> f64 {
    1.0 / (1.0 + (0.5 * theta * theta - theta * x).exp())
}

impl LatentModel for OneMean {
    type Data = Weighted<f64>;
    type Params = f64;
    type Stats = [f64; 2]; // Σ r and Σ r x over the observations, each with its weight

    fn zero(&self, _: &f64) -> [f64; 2] {
        [0.0; 2]
    }
    fn expect(&self, theta: &f64, data: &Weighted<f64>, units: Range<usize>, s: &mut [f64; 2]) -> f64 {
        let one = |unit| {
            let (x, w) = (data.items[unit], data.weights[unit]);
            let r = responsibility(x, *theta);
            s[0] += w * r;
            s[1] += w * r * x;
            w * log_density(x, *theta)
        };
        units.map(one).sum()
    }
    fn maximize(&self, s: &[f64; 2], _: &f64) -> Result<f64, MStepError> {
        let nothing = || MStepError::new(Part::Whole, "no observation has z = 1", "give observations that count");
        if s[0] > 0.0 { Ok(s[1] / s[0]) } else { Err(nothing()) }
    }
}

/// What makes sure of this model, as `cargo test --test kit` asks it.
#[cfg(test)]
pub fn kit() -> em::check::Check {
    em::check!(OneMean, Weighted::from(X.to_vec()), -0.5)
}

/// q(z) of every observation: the posterior at θ.
fn e_step(theta: f64) -> Vec<[f64; 2]> {
    X.iter().map(|x| responsibility(*x, theta)).map(|r| [1.0 - r, r]).collect()
}

/// L(q, θ) = Σ_i Σ_z q_i(z) ln (p(x_i, z | θ) / q_i(z)).
fn bound(q: &[[f64; 2]], theta: f64) -> f64 {
    let term = |(q, x): (&[f64; 2], &f64)| {
        let joint = log_joint(*x, theta);
        q[0] * (joint[0] - q[0].ln()) + q[1] * (joint[1] - q[1].ln())
    };
    q.iter().zip(&X).map(term).sum()
}

/// KL(q ‖ p(z | x, θ)) = Σ_i Σ_z q_i(z) ln (q_i(z) / p(z | x_i, θ)).
fn divergence(q: &[[f64; 2]], theta: f64) -> f64 {
    let term = |(q, x): (&[f64; 2], &f64)| {
        let log_p = log_joint(*x, theta).map(|joint| joint - log_density(*x, theta));
        q[0] * (q[0].ln() - log_p[0]) + q[1] * (q[1].ln() - log_p[1])
    };
    q.iter().zip(&X).map(term).sum()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut path = Vec::new();
    let watch = |_: &Progress, theta: &f64| {
        path.push(*theta);
        ControlFlow::Continue(())
    };
    let data = Weighted::from(X.to_vec());
    let fitted = Fit::new(&OneMean, &data).observe(watch).from(-0.5)?;

    let log_p = |theta: f64| X.iter().map(|x| log_density(*x, theta)).sum::<f64>();
    println!("   θ_old    ln p(θ_old)  KL after E    θ_new     L(q, θ_new) + KL after M = ln p(θ_new)");
    for pair in path.windows(2) {
        let (old, new) = (pair[0], pair[1]);
        let q = e_step(old);
        let (touching, raised, gap) = (divergence(&q, old), bound(&q, new), divergence(&q, new));
        let (before, after) = (log_p(old), log_p(new));
        println!("{old:8.5} {before:13.6}   {touching:9.0e} {new:8.5} {raised:13.6} + {gap:9.6}  = {after:.6}");
        // Identities: only the rounding of sums of 15 terms below 100 is left, some 10⁻¹⁴.
        assert!(touching.abs() < 1e-12, "the E-step closes the gap");
        assert!((bound(&q, old) - before).abs() < 1e-12, "the bound touches");
        assert!((raised + gap - after).abs() < 1e-12, "bound + divergence = ln p, whatever q is");
        // The reason why EM climbs: the M-step does not lower the bound, and a divergence is never negative.
        assert!(raised >= bound(&q, old) - 1e-12 && gap >= -1e-12);
    }

    let range = -2.0..6.0;
    let mut panel = Panel::new("ln p and the bounds that touch it", "θ", "nats").within(range.clone(), -100.0..0.0);
    panel = panel.legend(SeriesLabelPosition::UpperLeft).graph(range.clone(), GREY, log_p).named("ln p(x | θ)");
    for (theta, color) in path.iter().zip(COLORS).take(3) {
        let q = e_step(*theta);
        panel = panel.graph(range.clone(), color, |t| bound(&q, t)).named(format!("L(q, θ), q at θ = {theta:.2}"));
        panel = panel.points([(*theta, log_p(*theta))], color);
    }
    picture::write("lower_bound", 1, &[panel])?;

    // Where EM ends the slope of ln p is 0: Σ_i r_i (x_i − θ), by Fisher's identity.
    let slope: f64 = X.iter().map(|x| responsibility(*x, fitted.params) * (x - fitted.params)).sum();
    println!("θ = {:.6}, ln p = {:.6}, slope {slope:.1e}", fitted.params, fitted.log_likelihood);
    assert!(slope.abs() < 1e-3);
    Ok(())
}
