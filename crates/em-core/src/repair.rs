//! [`Repair`]: what to do with a part of a model that degenerates.

use crate::{LatentModel, MStepError};
use serde::{Deserialize, Serialize};

/// What happens when the M-step finds no parameters for one component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Degenerate {
    /// The run fails, with an error that names the component.
    #[default]
    Fail,
    /// The component begins anew at the observation that is explained worst. The objective may fall once; it is an
    /// [`Event`](crate::Event), and at most ten happen in a run.
    Reseed,
    /// The component is left out and the others go on; the last one cannot be.
    Drop,
}

/// A model whose components can be begun anew or left out: unlocks [`Degenerate::Reseed`] and [`Degenerate::Drop`].
#[diagnostic::on_unimplemented(
    message = "the model `{Self}` cannot mend a part that degenerates",
    label = "this needs `Repair`",
    note = "let such runs fail with `Degenerate::Fail`, or implement `em_core::Repair` for `{Self}`"
)]
pub trait Repair: LatentModel {
    /// The parameters with component `part` begun anew at the observation `unit` of `data`.
    ///
    /// # Errors
    /// [`MStepError`] when that gives no valid parameters.
    fn reseed(
        &self,
        params: &Self::Params,
        part: usize,
        data: &Self::Data,
        unit: usize,
    ) -> Result<Self::Params, MStepError>;

    /// The parameters without component `part`; none when nothing would be left.
    fn without(&self, params: &Self::Params, part: usize) -> Option<Self::Params>;

    /// A component that [`maximize`](LatentModel::maximize) can live with but that is of no use as it is, given the
    /// statistics taken at `params`: a cluster without rows. The loop asks before every step; under
    /// [`Degenerate::Fail`], or where it cannot be mended, the component stays as it is and the run goes on.
    fn idle(&self, _params: &Self::Params, _stats: &Self::Stats) -> Option<MStepError> {
        None
    }
}

/// The policy of a run, with the ways to carry it out; a value, so that runs of models that cannot need not ask.
pub struct Mender<M: LatentModel> {
    pub(crate) policy: Degenerate,
    pub(crate) reseed: Reseed<M>,
    pub(crate) without: Without<M>,
    pub(crate) idle: Idle<M>,
}

type Params<M> = <M as LatentModel>::Params;
type Reseed<M> = fn(&M, &Params<M>, usize, &<M as LatentModel>::Data, usize) -> Result<Params<M>, MStepError>;
type Without<M> = fn(&M, &Params<M>, usize) -> Option<Params<M>>;
type Idle<M> = fn(&M, &Params<M>, &<M as LatentModel>::Stats) -> Option<MStepError>;

impl<M: Repair> Mender<M> {
    /// For a model that can be mended.
    pub fn new(policy: Degenerate) -> Self {
        Mender { policy, reseed: M::reseed, without: M::without, idle: M::idle }
    }
}

// Not derived: a derive would ask for `M: Clone`.
impl<M: LatentModel> Clone for Mender<M> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M: LatentModel> Copy for Mender<M> {}
