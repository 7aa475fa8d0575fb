//! [`Each`]: k components of one kind as an emission family, and how such mixtures get a name.

use crate::gaussian::enough_rows;
use crate::mixture::MixingParams;
use crate::spread::Spread;
use crate::starts::memberships;
use crate::{
    Component, ComponentCoordinates, ComponentLikelihood, ComponentSample, Emission, EmissionCoordinates,
    EmissionGradient, EmissionLikelihood, EmissionOrder, EmissionRepair, EmissionSample, EmissionStart, Item, Items,
    Memberships, MixingWeights, MixtureParams, Written,
};
use em_core::{DataError, Dataset, MStepError, Names, Part, Rng, StartKind, Table, Tabular, difference_gradient};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::ops::Range;

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

    fn guess(
        &self,
        kind: Option<StartKind>,
        k: usize,
        data: &DataOf<C>,
        rng: &mut Rng,
    ) -> Result<Memberships, MStepError> {
        memberships(kind.unwrap_or(StartKind::KMeans), k, &Spread::of(data), rng)
    }

    fn begin(&self, k: usize, data: &DataOf<C>, memberships: &Memberships) -> Result<(Vec<f64>, Vec<C>), MStepError> {
        let mut stats = vec![(0.0, C::zero(self.features)); k];
        for unit in (0..data.units()).filter(|u| data.weight(*u) > 0.0) {
            let shares = (0..k).map(|j| memberships.share(unit, j));
            for (s, r) in stats.iter_mut().zip(shares).filter(|(_, r)| *r > 0.0) {
                s.0 += data.weight(unit) * r;
                C::add(&mut s.1, data.item(unit), data.weight(unit) * r);
            }
        }
        let total: f64 = stats.iter().map(|s| s.0).sum();
        let one = |(j, s): (usize, &(f64, C::Stats))| Ok((s.0 / total, C::maximize(&s.1).map_err(|e| numbered(j, e))?));
        stats.iter().enumerate().map(one).collect()
    }
}

/// A component begins anew as the one that fits a single observation best, or where one is too little to go by (it has no
/// spread), as the one that fits it and the whole sample by halves.
impl<C: Component> EmissionRepair for Each<C> {
    fn reseed(&self, params: &Vec<C>, component: usize, data: &DataOf<C>, unit: usize) -> Result<Vec<C>, MStepError> {
        let mut stats = C::zero(self.features);
        C::add(&mut stats, data.item(unit), 1.0);
        let halves = |_| C::maximize(&self.with_the_whole(stats.clone(), data));
        let mut params = params.clone();
        params[component] = C::maximize(&stats).or_else(halves).map_err(|e| numbered(component, e))?;
        Ok(params)
    }

    fn without(&self, params: &Vec<C>, component: usize) -> Vec<C> {
        let mut params = params.clone();
        params.remove(component);
        params
    }
}

impl<C: Component> Each<C> {
    /// `stats` and those of all observations, which together weigh 1.
    fn with_the_whole(&self, mut stats: C::Stats, data: &DataOf<C>) -> C::Stats {
        let total = data.total_weight();
        for unit in (0..data.units()).filter(|u| data.weight(*u) > 0.0) {
            C::add(&mut stats, data.item(unit), data.weight(unit) / total);
        }
        stats
    }
}

impl<C: Component> EmissionOrder for Each<C> {
    fn permute(&self, params: &Vec<C>, order: &[usize]) -> Vec<C> {
        order.iter().map(|j| params[*j].clone()).collect()
    }
}

impl<C: ComponentLikelihood> EmissionLikelihood for Each<C> {
    fn expected_log_likelihood(&self, params: &Vec<C>, stats: &Self::Stats) -> f64 {
        params.iter().zip(stats).map(|(c, s)| c.expected_log_density(s)).sum()
    }
}

/// By differences, component by component.
impl<C: ComponentLikelihood + ComponentCoordinates> EmissionGradient for Each<C> {
    fn gradient(&self, params: &Vec<C>, stats: &Self::Stats) -> Vec<f64> {
        let at = |c: &C, s: &C::Stats, x: &[f64]| c.at_free(x).map(|c| c.expected_log_density(s) + c.log_prior());
        let one = |(c, s): (&C, &C::Stats)| difference_gradient(&c.to_free(), |x| at(c, s, x).unwrap_or(f64::NAN));
        params.iter().zip(stats).flat_map(one).collect()
    }
}

impl<C: ComponentSample> EmissionSample for Each<C> {
    fn sample(&self, params: &Vec<C>, _: &DataOf<C>, labels: &[usize], rng: &mut Rng) -> DataOf<C> {
        DataOf::<C>::of(labels.iter().map(|j| params[*j].sample(rng)).collect())
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
        let one = |(c, x): (&C, &[f64])| if c.to_free() == x { Ok(c.clone()) } else { c.at_free(x) };
        like.iter().zip(x.chunks(each.max(1))).map(one).collect()
    }

    fn coordinate_names(&self, params: &Vec<C>) -> Vec<String> {
        let of =
            |(j, c): (usize, &C)| c.coordinate_names().into_iter().map(move |name| format!("components[{j}].{name}"));
        params.iter().enumerate().flat_map(of).collect()
    }
}

/// The parameters of a mixture of components as they are written: mixing weights, or the coefficients that they depend on
/// covariates by.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentForm<C> {
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    weights: Vec<f64>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    concomitant: Vec<Vec<f64>>,
    components: Vec<C>,
}

impl<C: Component + Serialize + DeserializeOwned> Written<MixingWeights> for Vec<C> {
    type Form = ComponentForm<C>;

    fn write(p: &MixtureParams<Self, MixingWeights>) -> ComponentForm<C> {
        let (weights, concomitant) = p.mixing().written();
        ComponentForm { weights, concomitant, components: p.components().clone() }
    }

    fn read(form: ComponentForm<C>) -> Result<MixtureParams<Self, MixingWeights>, String> {
        let mixing = MixingWeights::read(form.weights, form.concomitant)?;
        let got = form.components.len();
        if got != mixing.components() {
            return Err(format!("{} and {got} `components` are not as many of each", mixing.counted()));
        }
        Ok(MixtureParams::trusted(mixing, form.components))
    }
}

/// Where mixing weights depend on nothing.
impl<C: Component + Serialize + DeserializeOwned> Written for Vec<C> {
    type Form = ComponentForm<C>;

    fn write(p: &MixtureParams<Self>) -> ComponentForm<C> {
        <Self as Written<MixingWeights>>::write(&p.clone().into())
    }

    fn read(form: ComponentForm<C>) -> Result<MixtureParams<Self>, String> {
        <Self as Written<MixingWeights>>::read(form)?.try_into()
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
/// component writes itself. What else the component offers ([`ComponentSample`](crate::ComponentSample),
/// [`ComponentCoordinates`](crate::ComponentCoordinates)) is found by itself.
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
            type Model = $crate::Mixture<$crate::PerGroup<$crate::Each<$component>>>;
            type Encoding = $crate::em_core::Names;
            fn learn(
                &self,
                table: &$crate::em_core::Table,
                _: &mut Vec<$crate::em_core::Warning>,
            ) -> Result<Self::Encoding, $crate::em_core::DataError> {
                $crate::learn::<<Self::Model as $crate::em_core::LatentModel>::Data>(table, self.components)
            }
            fn model(&self, names: &Self::Encoding) -> Self::Model {
                let each = $crate::Each::of(names.columns.len());
                $crate::Mixture::of(self.components.get(), $crate::PerGroup(each))
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
