//! [`Landscape`]: a function to be looked at point by point.

/// What is seen of a function at one point.
#[derive(Clone, Debug)]
pub struct Sight {
    /// f(x), in nats.
    pub value: f64,
    /// ∇f(x), where it is known otherwise than by differences.
    pub slope: Option<Vec<f64>>,
}

/// A function of free coordinates, a log-likelihood or a Q of observations that weigh n.
pub struct Landscape<'a> {
    /// The function at a point; none where there are no such parameters.
    pub look: &'a dyn Fn(&[f64]) -> Option<Sight>,
    /// n.
    pub weight: f64,
}

impl Landscape<'_> {
    /// The function at `x`, where it is finite.
    pub fn at(&self, x: &[f64]) -> Option<Sight> {
        (self.look)(x).filter(|sight| sight.value.is_finite())
    }

    /// The function at `x` with some coordinates moved.
    pub fn moved(&self, x: &[f64], by: &[(usize, f64)]) -> Option<Sight> {
        let mut x = x.to_vec();
        by.iter().for_each(|(i, by)| x[*i] += by);
        self.at(&x)
    }

    /// √n: so many standard errors are what a single observation tells a parameter by, the scale on which f changes shape.
    pub fn root(&self) -> f64 {
        self.weight.max(1.0).sqrt()
    }

    /// The step t in standard errors at which rounding and truncation of a central difference balance.
    ///
    /// Truncation is t²/n of the second derivative. The rounding of a slope, ε √n in the same units, leaves ε √n / t, that of
    /// a value, some 16 ε |f| after a long sum, 16 ε |f| / t². So t = ε^⅓ √n, or (16 ε |f| n)^¼.
    pub fn step(&self, here: &Sight) -> f64 {
        match here.slope {
            Some(_) => f64::EPSILON.cbrt() * self.root(),
            None => (16.0 * f64::EPSILON * here.value.abs().max(1.0)).powf(0.25) * self.root().sqrt(),
        }
    }
}
