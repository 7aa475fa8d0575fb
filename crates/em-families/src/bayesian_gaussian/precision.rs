//! The gamma functions behind the forms of a random precision Λ.
//!
//! | form | Λ | its distribution, with dof ν and scale S |
//! |---|---|---|
//! | `Full`, `Tied` | d × d | W(S⁻¹, ν) |
//! | `Diagonal`, `TiedDiagonal` | diag(λ_1, …, λ_d) | λ_i ~ Gamma(shape ν/2, rate S_ii/2), independent |
//! | `Spherical`, `TiedSpherical` | λ I | λ ~ Gamma(shape d ν/2, rate d s/2) with S = s I |
//!
//! Each is a Wishart distribution in one dimension or in d, and in each an observation adds 1 to ν and E\[Λ\] = ν S⁻¹. With
//! G(ν) the log of its gamma function, E\[ln |Λ|\] = 2 G′(ν) + c − ln |S|, and two of a form diverge by
//!
//! KL = ½ (ν₀ ln(|S|/|S₀|) + 2 (ν − ν₀) G′(ν) − ν d + ν tr(S₀ S⁻¹)) − G(ν) + G(ν₀)
//!
//! (from the densities, as Bishop 2006, eqs. B.79–B.82, for the Wishart distribution).

use super::multigamma::{ln_multigamma, multidigamma};
use crate::Covariance;
use statrs::function::gamma::{digamma, ln_gamma};

/// G(ν) in d dimensions: ln Γ_d(ν/2), d ln Γ(ν/2) or ln Γ(d ν/2).
pub(super) fn log_gamma(form: Covariance, d: usize, dof: f64) -> f64 {
    let size = d as f64;
    match form {
        form if form.correlates() => ln_multigamma(d, 0.5 * dof),
        form if form.is_spherical() => ln_gamma(0.5 * size * dof),
        _ => size * ln_gamma(0.5 * dof),
    }
}

/// 2 G′(ν) in d dimensions: ψ_d(ν/2), d ψ(ν/2) or d ψ(d ν/2).
pub(super) fn twice_slope(form: Covariance, d: usize, dof: f64) -> f64 {
    let size = d as f64;
    match form {
        form if form.correlates() => multidigamma(d, 0.5 * dof),
        form if form.is_spherical() => size * digamma(0.5 * size * dof),
        _ => size * digamma(0.5 * dof),
    }
}

/// c in d dimensions: d ln 2, less d ln d where one λ stands for all features.
pub(super) fn constant(form: Covariance, d: usize) -> f64 {
    let size = d as f64;
    if form.is_spherical() { size * (2.0 / size).ln() } else { size * 2f64.ln() }
}

/// What ν must be above.
pub(super) fn least_dof(form: Covariance, d: usize) -> usize {
    if form.correlates() { d.saturating_sub(1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    const FORMS: [Covariance; 3] = [Covariance::Full, Covariance::Diagonal, Covariance::Spherical];

    #[test]
    fn in_one_dimension_all_forms_are_one() {
        for nu in [0.3, 2.0, 71.5] {
            for form in FORMS {
                assert_eq!(log_gamma(form, 1, nu), log_gamma(Covariance::Full, 1, nu));
                assert_eq!(twice_slope(form, 1, nu), twice_slope(Covariance::Full, 1, nu));
                assert_eq!((constant(form, 1), least_dof(form, 1)), (2f64.ln(), 0));
            }
        }
    }

    #[test]
    fn the_slope_is_the_derivative() {
        for (form, (d, nu)) in FORMS.into_iter().flat_map(|f| [(2, 1.7), (3, 40.0), (5, 900.0)].map(|c| (f, c))) {
            let h = 1e-5 * nu;
            let slope = (log_gamma(form, d, nu + h) - log_gamma(form, d, nu - h)) / h;
            // The rounding of ln Γ over h, and h² times the third derivative.
            assert_relative_eq!(slope, twice_slope(form, d, nu), max_relative = 1e-6);
        }
    }

    /// Of Gamma(a, b) the mean of ln λ is ψ(a) − ln b.
    #[test]
    fn expected_logs_by_hand() {
        let (d, nu, s) = (3usize, 4.0, 0.7f64);
        let log_volume = 3.0 * s.ln();
        let one = |form| twice_slope(form, d, nu) + constant(form, d) - log_volume;
        assert_relative_eq!(one(Covariance::Diagonal), 3.0 * (digamma(2.0) - 0.35f64.ln()), max_relative = 1e-14);
        assert_relative_eq!(one(Covariance::Spherical), 3.0 * (digamma(6.0) - 1.05f64.ln()), max_relative = 1e-14);
    }
}
