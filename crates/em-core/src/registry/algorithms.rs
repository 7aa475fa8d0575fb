//! Algorithms chosen at run time.

use super::Erased;
use crate::algorithm::*;
use std::fmt::Debug;

/// An algorithm that specs can name.
#[typetag::serde]
pub trait AlgorithmSpec: Debug + Send + Sync {
    /// Its name in specs.
    fn name(&self) -> &'static str;

    /// The capability that the model lacks for it, if any.
    fn lacks(&self, model: &Erased) -> Option<&'static str>;

    /// The algorithm itself.
    fn algorithm(&self) -> &dyn Algorithm<Erased>;
}

/// Makes algorithms known by their names: each with the field of [`Erased`] that must be there, and its trait.
macro_rules! algorithms {
    ($($t:ident $(needs $field:ident: $capability:ident)?;)*) => {
        $(#[typetag::serde]
        impl AlgorithmSpec for $t {
            fn name(&self) -> &'static str {
                stringify!($t)
            }
            fn lacks(&self, _model: &Erased) -> Option<&'static str> {
                $(if _model.$field.is_none() {
                    return Some(stringify!($capability));
                })?
                None
            }
            fn algorithm(&self) -> &dyn Algorithm<Erased> {
                self
            }
        })*

        /// All of them with their settings by default, in the order of documentation.
        pub fn algorithms() -> Vec<Box<dyn AlgorithmSpec>> {
            vec![$(Box::new($t::default())),*]
        }
    };
}

algorithms! {
    Em;
    Ecm needs conditionals: Conditionals;
    Gem;
    GradientEm needs gradient: Gradient;
    HardEm needs modes: EStepModes;
    StochasticEm needs modes: EStepModes;
    MonteCarloEm needs modes: EStepModes;
    Annealed needs modes: EStepModes;
    Incremental needs likelihood: CompleteLikelihood;
    Stepwise needs likelihood: CompleteLikelihood;
    Squarem needs coordinates: Coordinates;
    Anderson needs coordinates: Coordinates;
}
