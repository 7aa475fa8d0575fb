//! [`InterceptPrior`]: whether the intercept is shrunk.

/// What is believed of the intercept w₀, the coefficient of the first design column, before any data.
///
/// Under a flat prior it is integrated out. With N the sum of the weights and e the response less what the other
/// coefficients make of it,
/// ∫ (β/2π)^(N/2) exp(−½β Σ(e − w₀)²) dw₀ = N^(−½) (β/2π)^((N−1)/2) exp(−½β Σ(e − ē)²).
/// So the other columns and the response are taken about their means, the noise loses one degree of freedom, and ½ ln N
/// is taken off the log evidence: it is that of the contrasts between rows, times a number (Harville 1974).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum InterceptPrior {
    /// N(0, 1/α), that of every coefficient.
    #[default]
    Shrunk,
    /// Density 1 everywhere, in the units of the response: the limit of √(2π/ε) N(0, 1/ε) as ε → 0.
    Flat,
}

impl InterceptPrior {
    /// The first design column whose coefficient is shrunk; those after it are too.
    pub(super) fn first_shrunk(self) -> usize {
        match self {
            InterceptPrior::Shrunk => 0,
            InterceptPrior::Flat => 1,
        }
    }
}
