//! A first fit: two normal distributions in the eruptions of Old Faithful.
//!
//! Run it with `cargo run --release --example old_faithful`.

use em::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = read_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/models/data/old_faithful.csv"))?;
    let data = Rows::from_table_columns(&table)?;
    let model = Mixture::of(2, FullGaussian);
    let fitted = Fit::new(&model, &data).restarts(10).seed(1).run()?;

    println!("{} eruptions, log-likelihood {:.3} nats", data.units(), fitted.log_likelihood);
    println!("{} of {} runs reached it; {:?}", fitted.reached_best(), fitted.runs.len(), fitted.stop);
    for (weight, normal) in fitted.params.weights().iter().zip(fitted.params.components()) {
        println!("weight {weight:.3}: lasts {:.2} min, next in {:.1} min", normal.mean()[0], normal.mean()[1]);
    }
    println!("BIC {:.2}", fitted.criteria(&model, &data).bic);
    Ok(())
}
