//! [`EvidenceUpdate`]: how an iteration changes α and β.

use serde::{Deserialize, Serialize};

/// How an iteration changes α and β, given γ, m and S at the current ones, as `update` in specs.
///
/// Both stand still at the same places. Under a [`PrecisionPrior`](crate::PrecisionPrior) with shape a and rate b,
/// 2 (a − 1) is added to each numerator and 2 b to each denominator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EvidenceUpdate {
    /// The M-step: α = M / (m′m + tr S) and β = N / (|t − Φm|² + tr(Φ′Φ S)); Bishop (2006), eq. 9.63 and exercise 9.21.
    ///
    /// The objective never falls.
    #[default]
    Em,
    /// The fixed point α = γ / m′m and β = (N − γ) / |t − Φm|²; MacKay (1992); Bishop (2006), eqs. 3.92 and
    /// 3.95.
    ///
    /// Mostly in fewer iterations, but such a step may lower the objective, or lead to no precision at all: then that of
    /// [`Em`](EvidenceUpdate::Em) is taken instead, so that the objective never falls either.
    MacKay,
}
