//! Where randomness comes from.

use rand::SeedableRng;
use serde::{Deserialize, Serialize};

/// The one generator of random numbers: ChaCha with 8 rounds, whose stream is stable across versions and platforms.
pub type Rng = rand::rngs::ChaCha8Rng;

/// Independent random streams of a fit, one per (seed, run, iteration, block); together they are ChaCha's 256-bit key,
/// so that no two streams meet and none depends on the number of threads.
///
/// ```
/// use em_core::Streams;
/// use rand::RngExt;
/// let streams = Streams { seed: 1, run: 1 };
/// let draw = |iteration, block| streams.rng(iteration, block).random::<u64>();
/// assert_eq!(draw(0, 0), draw(0, 0));
/// assert_ne!(draw(0, 0), draw(0, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streams {
    /// The seed of the fit.
    pub seed: u64,
    /// The run among the restarts, counted from 1.
    pub run: u64,
}

impl Streams {
    /// The stream of one block in one iteration.
    pub fn rng(&self, iteration: u64, block: u64) -> Rng {
        let mut key = [0; 32];
        for (bytes, n) in key.chunks_exact_mut(8).zip([self.seed, self.run, iteration, block]) {
            bytes.copy_from_slice(&n.to_le_bytes());
        }
        Rng::from_seed(key)
    }

    /// The streams of a short run, counted from 1: its number is the upper half of that of the run.
    pub(crate) fn short(&self, number: u64) -> Streams {
        Streams { seed: self.seed, run: self.run | number << 32 }
    }

    /// The stream from which the start of this run is drawn.
    pub fn start(&self) -> Rng {
        self.rng(0, u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_streams_meet() {
        let mut first = BTreeSet::new();
        for (seed, run) in (0..3).flat_map(|s| (1..4).map(move |r| (s, r))) {
            let streams = Streams { seed, run };
            first.insert(streams.start().random::<u64>());
            for (iteration, block) in (0..3).flat_map(|i| (0..3).map(move |b| (i, b))) {
                first.insert(streams.rng(iteration, block).random::<u64>());
            }
        }
        assert_eq!(first.len(), 9 * (1 + 9));
        for (run, short) in (1..4).flat_map(|r| (1..4).map(move |s| (r, s))) {
            first.insert(Streams { seed: 1, run }.short(short).start().random::<u64>());
        }
        assert_eq!(first.len(), 9 * (1 + 9) + 9);
    }
}
