//! [`Component`]: the small door to a mixture of one's own.

use crate::gaussian::enough_rows;
use crate::starts::{Spread, responsibilities};
use crate::{
    Emission, EmissionCoordinates, EmissionOrder, EmissionRepair, EmissionStart, MixtureParams, Rows, Written,
};
use em_core::{DataError, Dataset, MStepError, Names, Part, Rng, StartKind, Statistics, Table, Tabular, Weighted};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::ops::Range;

/// A distribution of one observation; the value is its own parameters.
///
/// Four functions, and k of them are a mixture: `Mixture::of(3, Each::<Geometric>::default())`, or in spec files by
/// [`register_mixture!`](crate::register_mixture).
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
pub trait ComponentCoordinates: Component {
    /// The free coordinates; as many for every value.
    fn to_free(&self) -> Vec<f64>;

    /// The component at `x`, shaped like this one.
    ///
    /// # Errors
    /// [`MStepError`] where the numbers overflow what the parameters can hold.
    fn at_free(&self, x: &[f64]) -> Result<Self, MStepError>;
}

/// A kind of observation, and the data that hold such.
pub trait Item {
    /// The data.
    type Data: Items<Item = Self>;
}

/// Data whose observations can be looked at one by one, as what they are and as numbers.
pub trait Items: Dataset {
    /// One observation.
    type Item: ?Sized;

    /// An observation.
    fn item(&self, unit: usize) -> &Self::Item;

    /// The numbers it is made of.
    fn numbers(&self, unit: usize) -> &[f64];
}

impl Item for [f64] {
    type Data = Rows;
}
impl Items for Rows {
    type Item = [f64];
    fn item(&self, unit: usize) -> &[f64] {
        self.row(unit)
    }
    fn numbers(&self, unit: usize) -> &[f64] {
        self.row(unit)
    }
}

impl Item for f64 {
    type Data = Weighted<f64>;
}
impl Items for Weighted<f64> {
    type Item = f64;
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
    fn item(&self, unit: usize) -> &[f64; N] {
        &self.items[unit]
    }
    fn numbers(&self, unit: usize) -> &[f64] {
        &self.items[unit]
    }
}

type DataOf<C> = <<C as Component>::Item as Item>::Data;

/// k components of one kind as an emission family.
#[derive(Debug)]
pub struct Each<C> {
    features: usize,
    kind: PhantomData<fn() -> C>,
}

// Not derived: a derive would ask for `C: Clone`.
impl<C> Clone for Each<C> {
    fn clone(&self) -> Self {
        Each::of(self.features)
    }
}

impl<C> Each<C> {
    /// Over observations of `features` columns.
    pub fn of(features: usize) -> Self {
        Each { features, kind: PhantomData }
    }
}

impl<C> Default for Each<C> {
    /// Over observations of one number.
    fn default() -> Self {
        Each::of(1)
    }
}

impl<C: Component> Emission for Each<C> {
    type Data = DataOf<C>;
    type Params = Vec<C>;
    type Stats = Vec<C::Stats>;

    fn components(&self, params: &Vec<C>) -> usize {
        params.len()
    }

    fn zero(&self, params: &Vec<C>) -> Self::Stats {
        params.iter().map(|_| C::zero(self.features)).collect()
    }

    fn log_density(&self, params: &Vec<C>, data: &DataOf<C>, units: Range<usize>, out: &mut [f64]) {
        for (c, out) in params.iter().zip(out.chunks_exact_mut(units.len().max(1))) {
            units.clone().zip(out).for_each(|(u, l)| *l = c.log_density(data.item(u)));
        }
    }

    fn accumulate(&self, _: &Vec<C>, data: &DataOf<C>, units: Range<usize>, r: &[f64], stats: &mut Self::Stats) {
        for (s, r) in stats.iter_mut().zip(r.chunks_exact(units.len().max(1))) {
            units.clone().zip(r).filter(|(_, r)| **r > 0.0).for_each(|(u, r)| C::add(s, data.item(u), *r));
        }
    }

    fn maximize(&self, stats: &Self::Stats, _: &Vec<C>) -> Result<Vec<C>, MStepError> {
        stats.iter().enumerate().map(|(j, s)| C::maximize(s).map_err(|e| numbered(j, e))).collect()
    }

    fn log_prior(&self, params: &Vec<C>) -> f64 {
        params.iter().map(C::log_prior).sum()
    }
}

/// Clusters of the observations, as numbers, are the first responsibilities.
impl<C: Component> EmissionStart for Each<C> {
    fn kinds(&self) -> &'static [StartKind] {
        &[StartKind::KMeans, StartKind::KMeansPlusPlus, StartKind::Rows, StartKind::Responsibilities]
    }

    fn start(
        &self,
        kind: Option<StartKind>,
        k: usize,
        data: &DataOf<C>,
        rng: &mut Rng,
    ) -> Result<(Vec<f64>, Vec<C>), MStepError> {
        let r = responsibilities(kind.unwrap_or(StartKind::KMeans), k, &Spread::of(data), rng)?;
        let mut stats = vec![(0.0, C::zero(self.features)); k];
        for unit in (0..data.units()).filter(|u| data.weight(*u) > 0.0) {
            for (s, r) in stats.iter_mut().zip(&r[unit * k..]).filter(|(_, r)| **r > 0.0) {
                s.0 += data.weight(unit) * r;
                C::add(&mut s.1, data.item(unit), data.weight(unit) * r);
            }
        }
        let total: f64 = stats.iter().map(|s| s.0).sum();
        let one = |(j, s): (usize, &(f64, C::Stats))| Ok((s.0 / total, C::maximize(&s.1).map_err(|e| numbered(j, e))?));
        stats.iter().enumerate().map(one).collect()
    }
}

/// A component begins anew as the one that fits a single observation best.
impl<C: Component> EmissionRepair for Each<C> {
    fn reseed(&self, params: &Vec<C>, component: usize, data: &DataOf<C>, unit: usize) -> Result<Vec<C>, MStepError> {
        let mut stats = C::zero(self.features);
        C::add(&mut stats, data.item(unit), 1.0);
        let mut params = params.clone();
        params[component] = C::maximize(&stats).map_err(|e| numbered(component, e))?;
        Ok(params)
    }

    fn without(&self, params: &Vec<C>, component: usize) -> Vec<C> {
        let mut params = params.clone();
        params.remove(component);
        params
    }
}

impl<C: Component> EmissionOrder for Each<C> {
    fn permute(&self, params: &Vec<C>, order: &[usize]) -> Vec<C> {
        order.iter().map(|j| params[*j].clone()).collect()
    }
}

fn numbered(component: usize, e: MStepError) -> MStepError {
    MStepError { part: Part::Component(component), ..e }
}

impl<C: ComponentCoordinates> EmissionCoordinates for Each<C> {
    fn to_free(&self, params: &Vec<C>) -> Vec<f64> {
        params.iter().flat_map(C::to_free).collect()
    }

    fn at_free(&self, like: &Vec<C>, x: &[f64]) -> Result<Vec<C>, MStepError> {
        let each = x.len() / like.len().max(1);
        like.iter().zip(x.chunks(each.max(1))).map(|(c, x)| c.at_free(x)).collect()
    }
}

/// The parameters of a mixture of components as they are written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentForm<C> {
    weights: Vec<f64>,
    components: Vec<C>,
}

impl<C: Component + Serialize + DeserializeOwned> Written for Vec<C> {
    type Form = ComponentForm<C>;

    fn write(p: &MixtureParams<Self>) -> ComponentForm<C> {
        ComponentForm { weights: p.weights().to_vec(), components: p.components().clone() }
    }

    fn read(form: ComponentForm<C>) -> Result<MixtureParams<Self>, String> {
        let (k, got) = (form.weights.len(), form.components.len());
        if got != k {
            return Err(format!("`weights` has {k} entries and `components` {got}; they must be as many"));
        }
        MixtureParams::new(form.weights, form.components)
    }
}

/// What the spec of a mixture of components learns: its columns, checked for the data it needs.
#[doc(hidden)]
pub fn learn<D: Tabular>(table: &Table, components: NonZeroUsize) -> Result<Names, DataError> {
    let names = Names::learn(table)?;
    D::from_table(table, &names.columns)?;
    enough_rows(table, components.get())?;
    Ok(names)
}

/// Makes a mixture of a component known by its name: `register_mixture!(GeometricMixture of Geometric);` lets spec files
/// say `GeometricMixture(components: 2)`.
///
/// The component, and the crate, need serde's derives. The parameters are `weights` and `components`, the latter as the
/// component writes itself.
#[macro_export]
macro_rules! register_mixture {
    ($vis:vis $name:ident of $component:ty) => {
        #[doc = concat!("A mixture of `", stringify!($component), "`, as a spec.")]
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        $vis struct $name {
            /// k.
            pub components: std::num::NonZeroUsize,
        }

        impl $crate::em_core::Spec for $name {
            type Model = $crate::Mixture<$crate::Each<$component>>;
            type Encoding = $crate::em_core::Names;
            fn learn(
                &self,
                table: &$crate::em_core::Table,
                _: &mut Vec<$crate::em_core::Warning>,
            ) -> Result<Self::Encoding, $crate::em_core::DataError> {
                $crate::learn::<<Self::Model as $crate::em_core::LatentModel>::Data>(table, self.components)
            }
            fn model(&self, names: &Self::Encoding) -> Self::Model {
                $crate::Mixture::of(self.components.get(), $crate::Each::of(names.columns.len()))
            }
            fn about() -> $crate::em_core::About {
                $crate::em_core::About {
                    summary: concat!("A mixture of k components `", stringify!($component), "`."),
                    ..Default::default()
                }
            }
        }
        $crate::em_core::register!($name);
    };
}
