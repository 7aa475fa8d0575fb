//! [`Memberships`]: the components that units belong to before there are parameters.

/// To which of k components each of n units belongs, wholly or in shares: the responsibilities that a first M-step is taken
/// from.
///
/// ```
/// use em_families::Memberships;
/// let whole = Memberships::of_labels(2, &[1, 0]);
/// assert_eq!((whole.share(0, 1), whole.share(1, 1)), (1.0, 0.0));
/// let shared = Memberships::Shared { components: 2, shares: vec![0.25, 0.75] };
/// assert_eq!((shared.components(), shared.share(0, 1)), (2, 0.75));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Memberships {
    /// Every unit belongs to one component; no n × k numbers are held for that.
    Whole {
        /// k.
        components: usize,
        /// n numbers below k.
        labels: Vec<u32>,
    },
    /// Every unit belongs to each component in part.
    Shared {
        /// k.
        components: usize,
        /// n × k numbers, unit after unit, those of a unit summing to one.
        shares: Vec<f64>,
    },
}

impl Memberships {
    /// Unit i belongs to component `labels[i]`, below k.
    pub fn of_labels(components: usize, labels: &[usize]) -> Self {
        Memberships::Whole { components, labels: labels.iter().map(|label| *label as u32).collect() }
    }

    /// k.
    pub fn components(&self) -> usize {
        match self {
            Memberships::Whole { components, .. } | Memberships::Shared { components, .. } => *components,
        }
    }

    /// How far a unit belongs to a component, between 0 and 1.
    pub fn share(&self, unit: usize, component: usize) -> f64 {
        match self {
            Memberships::Whole { labels, .. } => f64::from(labels[unit] as usize == component),
            Memberships::Shared { components, shares } => shares[unit * components + component],
        }
    }

    /// Those of the units listed.
    pub fn select(&self, units: impl Iterator<Item = usize>) -> Self {
        match self {
            Memberships::Whole { components, labels } => {
                Memberships::Whole { components: *components, labels: units.map(|unit| labels[unit]).collect() }
            }
            Memberships::Shared { components: k, shares } => {
                let shares = units.flat_map(|unit| &shares[unit * k..][..*k]).copied().collect();
                Memberships::Shared { components: *k, shares }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_can_be_listed_again() {
        let whole = Memberships::of_labels(3, &[2, 0, 1]);
        assert_eq!(whole.select([0, 0, 1].into_iter()), Memberships::of_labels(3, &[2, 2, 0]));
        let shared = Memberships::Shared { components: 2, shares: vec![0.1, 0.9, 0.6, 0.4] };
        let wanted = Memberships::Shared { components: 2, shares: vec![0.6, 0.4, 0.6, 0.4] };
        assert_eq!(shared.select([1, 1].into_iter()), wanted);
    }
}
