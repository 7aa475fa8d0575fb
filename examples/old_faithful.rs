//! What does EM do, iteration by iteration?
//!
//! Two normal distributions are fitted to the eruptions of Old Faithful from a poor start, as in Bishop (2006, figure 9.8);
//! pictures show them after 0, 1, 2, 5 and 20 iterations. Random restarts then find the same maximum without being told
//! where to begin.

mod picture;

use em::prelude::*;
use nalgebra::{DMatrix, DVector};
use picture::{COLORS, Panel, blend};
use std::ops::ControlFlow;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/models/data/old_faithful.csv"))?;
    let data = Rows::from_table_columns(&table)?;
    let model = Mixture::of(2, FullGaussian);

    // Two circles in the wrong corners, in units of the spread of each column.
    let circle = |mean: [f64; 2]| {
        let variances = DVector::from_vec(vec![0.6, 80.0]);
        Normal::new(DVector::from_column_slice(&mean), DMatrix::from_diagonal(&variances))
    };
    let start = MixtureParams::new(vec![0.5, 0.5], vec![circle([2.5, 95.0])?, circle([4.5, 55.0])?])?;

    let mut panels = Vec::new();
    let watch = |at: &Progress, params: &MixtureParams<Vec<Normal>>| {
        if [0, 1, 2, 5, 20].contains(&at.iteration) {
            println!("after {:2} iterations: {:.4} nats", at.iteration, at.objective);
            panels.push(panel(&model, &data, at.iteration, params));
        }
        ControlFlow::Continue(())
    };
    let seen =
        Fit::new(&model, &data).observe(watch).stop(Stop { relative_gain: 1e-14, ..Stop::default() }).from(start)?;
    let after = |(i, objective): (usize, &f64)| (i as f64, *objective);
    let climb = seen.trace.iter().enumerate().skip(1).map(after);
    panels.push(Panel::new("the log-likelihood", "iteration", "nats").line(climb, COLORS[2]));
    picture::write("old_faithful", 3, &panels)?;

    let fitted = Fit::new(&model, &data).restarts(10).seed(1).run()?;
    println!("\n{} eruptions, log-likelihood {:.3} nats", data.units(), fitted.log_likelihood);
    println!("{} of {} runs reached it; {:?}", fitted.reached_best(), fitted.runs.len(), fitted.stop);
    for (weight, normal) in fitted.params.weights().iter().zip(fitted.params.components()) {
        println!("weight {weight:.3}: lasts {:.2} min, next in {:.1} min", normal.mean()[0], normal.mean()[1]);
    }
    println!("BIC {:.2}", fitted.criteria(&model, &data).bic);
    // By independent programs (`gmm_faithful_k2_full` in `tests/reference`); both fits stop within 10⁻⁷ of it.
    assert!((seen.log_likelihood + 1130.26395992).abs() < 1e-6 && (fitted.log_likelihood + 1130.26395992).abs() < 1e-6);
    Ok(())
}

/// Each eruption in the colours of its responsibilities; each component as the ellipse of one standard deviation.
fn panel(model: &Mixture<FullGaussian>, data: &Rows, iteration: u64, params: &MixtureParams<Vec<Normal>>) -> Panel {
    let n = data.units();
    let responsibilities = model.responsibilities(params, data, 0..n);
    let point = |u: usize| ((data.row(u)[0], data.row(u)[1]), blend(&responsibilities[2 * u..][..2]));
    let title = format!("after {iteration} iteration{}", if iteration == 1 { "" } else { "s" });
    let panel = Panel::new(title, "eruption, minutes", "waiting, minutes")
        .within(0.5..6.0, 35.0..105.0)
        .colored((0..n).map(point));
    let ellipses = params.components().iter().zip(COLORS);
    ellipses.fold(panel, |panel, (normal, color)| panel.ellipse(normal, 1.0, color))
}
