//! [`Component`]: the small door to a mixture of one's own.

use crate::Rows;
use em_core::{Dataset, MStepError, Rng, Statistics, Weighted};
use std::ops::Range;

/// A distribution of one observation; the value is its own parameters.
///
/// Four functions, and k of them are a mixture: `Mixture::of(3, Each::<Geometric>::default())`, or in spec files by
/// [`register_mixture!`](crate::register_mixture). One more gives draws ([`ComponentSample`]), two more AIC and BIC
/// ([`ComponentCoordinates`]).
///
/// ```
/// use em_core::{Fit, MStepError, Weighted};
/// use em_families::{Component, Each, Mixture};
///
/// /// Failures before the first success.
/// #[derive(Clone)]
/// struct Geometric { p: f64 }
///
/// impl Component for Geometric {
///     type Item = f64;
///     type Stats = [f64; 2]; // weight, and weighted failures
///     fn zero(_: usize) -> [f64; 2] { [0.0; 2] }
///     fn log_density(&self, x: &f64) -> f64 { self.p.ln() + x * (-self.p).ln_1p() }
///     fn add(s: &mut [f64; 2], x: &f64, weight: f64) { s[0] += weight; s[1] += weight * x; }
///     fn maximize(s: &[f64; 2]) -> Result<Self, MStepError> { Ok(Geometric { p: s[0] / (s[0] + s[1]) }) }
/// }
///
/// let data = Weighted::from(vec![0.0, 1.0, 0.0, 30.0, 42.0, 1.0, 25.0, 0.0]);
/// let fitted = Fit::new(&Mixture::of(2, Each::<Geometric>::default()), &data).run()?;
/// let mut p: Vec<f64> = fitted.params.components().iter().map(|g| g.p).collect();
/// p.sort_by(f64::total_cmp);
/// assert!((p[0] - 3.0 / 100.0).abs() < 0.01 && p[1] > 0.5);
/// # Ok::<(), em_core::FitError>(())
/// ```
pub trait Component: Clone + Send + Sync + 'static {
    /// What one observation is: `f64`, `[f64; 3]`, or `[f64]` for as many columns as the table has.
    type Item: Item + ?Sized;
    /// What the E-step adds up.
    type Stats: Statistics;

    /// The statistic of no observations of `features` columns, all numbers zero.
    fn zero(features: usize) -> Self::Stats;

    /// ln p(x) in nats.
    fn log_density(&self, x: &Self::Item) -> f64;

    /// Adds one observation with its weight, which is above 0.
    fn add(stats: &mut Self::Stats, x: &Self::Item, weight: f64);

    /// The parameters of greatest likelihood, and prior where there is one.
    ///
    /// # Errors
    /// [`MStepError`]; the part it names is replaced by the component's number.
    fn maximize(stats: &Self::Stats) -> Result<Self, MStepError>;

    /// The log density of the prior at these parameters in nats, normalised.
    fn log_prior(&self) -> f64 {
        0.0
    }
}

/// Free coordinates of a component: unlocks [`Coordinates`](em_core::Coordinates), and with them AIC and BIC, for its
/// mixtures.
///
/// ```
/// # use em_core::{Fit, MStepError, Weighted};
/// # use em_families::{Component, ComponentCoordinates, Each, Mixture};
/// # #[derive(Clone)]
/// # struct Geometric { p: f64 }
/// # impl Component for Geometric {
/// #     type Item = f64;
/// #     type Stats = [f64; 2];
/// #     fn zero(_: usize) -> [f64; 2] { [0.0; 2] }
/// #     fn log_density(&self, x: &f64) -> f64 { self.p.ln() + x * (-self.p).ln_1p() }
/// #     fn add(s: &mut [f64; 2], x: &f64, weight: f64) { s[0] += weight; s[1] += weight * x; }
/// #     fn maximize(s: &[f64; 2]) -> Result<Self, MStepError> { Ok(Geometric { p: s[0] / (s[0] + s[1]) }) }
/// # }
/// impl ComponentCoordinates for Geometric {
///     fn to_free(&self) -> Vec<f64> { vec![(self.p / (1.0 - self.p)).ln()] }
///     fn at_free(&self, x: &[f64]) -> Result<Self, MStepError> { Ok(Geometric { p: 1.0 / (1.0 + (-x[0]).exp()) }) }
/// }
/// let data = Weighted::from(vec![0.0, 1.0, 0.0, 30.0, 42.0, 1.0, 25.0, 0.0]);
/// let model = Mixture::of(2, Each::<Geometric>::default());
/// let criteria = Fit::new(&model, &data).run()?.criteria(&model, &data);
/// assert_eq!(criteria.n_parameters, 3); // a weight, and two of p
/// # Ok::<(), em_core::FitError>(())
/// ```
pub trait ComponentCoordinates: Component {
    /// The free coordinates; as many for every value.
    fn to_free(&self) -> Vec<f64>;

    /// The component at `x`, shaped like this one.
    ///
    /// # Errors
    /// [`MStepError`] where the numbers overflow what the parameters can hold.
    fn at_free(&self, x: &[f64]) -> Result<Self, MStepError>;

    /// The field that each coordinate moves, as the component is written: `p` becomes `components[1].p`. As provided, they
    /// are only numbered.
    fn coordinate_names(&self) -> Vec<String> {
        (0..self.to_free().len()).map(|i| format!("x[{i}]")).collect()
    }
}

/// Draws of a component: unlocks [`Sample`](em_core::Sample), and with it `em sample`, for its mixtures.
///
/// ```
/// # use em_core::{Dataset, MStepError, Rng, Sample, Weighted};
/// # use em_families::{Component, ComponentSample, Each, Mixture, MixtureParams};
/// # use rand::{RngExt, SeedableRng};
/// # #[derive(Clone)]
/// # struct Geometric { p: f64 }
/// # impl Component for Geometric {
/// #     type Item = f64;
/// #     type Stats = [f64; 2];
/// #     fn zero(_: usize) -> [f64; 2] { [0.0; 2] }
/// #     fn log_density(&self, x: &f64) -> f64 { self.p.ln() + x * (-self.p).ln_1p() }
/// #     fn add(s: &mut [f64; 2], x: &f64, weight: f64) { s[0] += weight; s[1] += weight * x; }
/// #     fn maximize(s: &[f64; 2]) -> Result<Self, MStepError> { Ok(Geometric { p: s[0] / (s[0] + s[1]) }) }
/// # }
/// impl ComponentSample for Geometric {
///     fn sample(&self, rng: &mut Rng) -> f64 { ((1.0 - rng.random::<f64>()).ln() / (-self.p).ln_1p()).floor() }
/// }
/// let model = Mixture::of(2, Each::<Geometric>::default());
/// let params = MixtureParams::new(vec![0.5, 0.5], vec![Geometric { p: 0.5 }, Geometric { p: 0.01 }])?;
/// let like = Weighted::from(vec![0.0; 100]);
/// let (drawn, latent) = model.sample(&params, &like, &mut Rng::seed_from_u64(1));
/// assert_eq!((drawn.units(), latent.labels().unwrap().len()), (100, 100));
/// # Ok::<(), String>(())
/// ```
pub trait ComponentSample: Component {
    /// One observation by this distribution: `f64`, `[f64; 3]`, or for `[f64]` a `Vec<f64>` with one number per column.
    fn sample(&self, rng: &mut Rng) -> <Self::Item as ToOwned>::Owned;
}

/// The expected log density of a distribution: unlocks incremental and stepwise EM for mixtures of it, and with coordinates
/// gradient EM.
pub trait ComponentLikelihood: Component {
    /// Σ_i w_i ln p(x_i) in nats over what was added to `stats`.
    fn expected_log_density(&self, stats: &Self::Stats) -> f64;
}

/// A kind of observation, and the data that hold such.
pub trait Item: ToOwned {
    /// The data.
    type Data: Items<Item = Self>;
}

/// Data whose observations can be looked at one by one, as what they are and as numbers.
pub trait Items: Dataset {
    /// One observation.
    type Item: ToOwned + ?Sized;

    /// Of these observations, each with weight 1.
    fn of(items: Vec<<Self::Item as ToOwned>::Owned>) -> Self
    where
        Self: Sized;

    /// An observation.
    fn item(&self, unit: usize) -> &Self::Item;

    /// The numbers it is made of.
    fn numbers(&self, unit: usize) -> &[f64];

    /// Shows the numbers of some observations, one after the other, each with its place. Data that are read a block at a time
    /// say how.
    fn visit(&self, units: Range<usize>, f: &mut dyn FnMut(usize, &[f64])) {
        units.for_each(|unit| f(unit, self.numbers(unit)));
    }
}

impl Item for [f64] {
    type Data = Rows;
}
impl Items for Rows {
    type Item = [f64];
    fn of(items: Vec<Vec<f64>>) -> Rows {
        let features = items.first().map_or(1, Vec::len);
        assert!(items.iter().all(|item| item.len() == features), "observations with as many numbers each");
        Rows::new(features, items.concat()).expect("finite numbers")
    }
    fn item(&self, unit: usize) -> &[f64] {
        self.row(unit)
    }
    fn numbers(&self, unit: usize) -> &[f64] {
        self.row(unit)
    }
    fn visit(&self, units: Range<usize>, f: &mut dyn FnMut(usize, &[f64])) {
        if units == (0..self.units()) {
            return self.for_each(f);
        }
        let d = self.features().max(1);
        self.with(units.clone(), |numbers| units.zip(numbers.chunks_exact(d)).for_each(|(unit, row)| f(unit, row)));
    }
}

impl Item for f64 {
    type Data = Weighted<f64>;
}
impl Items for Weighted<f64> {
    type Item = f64;
    fn of(items: Vec<f64>) -> Self {
        items.into()
    }
    fn item(&self, unit: usize) -> &f64 {
        &self.items[unit]
    }
    fn numbers(&self, unit: usize) -> &[f64] {
        std::slice::from_ref(&self.items[unit])
    }
}

impl<const N: usize> Item for [f64; N] {
    type Data = Weighted<[f64; N]>;
}
impl<const N: usize> Items for Weighted<[f64; N]> {
    type Item = [f64; N];
    fn of(items: Vec<[f64; N]>) -> Self {
        items.into()
    }
    fn item(&self, unit: usize) -> &[f64; N] {
        &self.items[unit]
    }
    fn numbers(&self, unit: usize) -> &[f64] {
        &self.items[unit]
    }
}
