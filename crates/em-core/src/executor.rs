//! Where the data are and who works on them.
//!
//! Data are cut into blocks whose boundaries depend on data and model alone, and partial results are merged along one
//! fixed binary tree over block numbers. So the bits of a result do not depend on threads or machines.

use crate::table::StoreFault;
use crate::{Dataset, LatentModel, Statistics};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// The statistics of some blocks and the sum their E-step returned.
#[derive(Clone, Debug)]
pub struct Partial<S> {
    /// The merged statistics.
    pub stats: S,
    /// The summed log-likelihood, in nats.
    pub sum: f64,
}

/// What one pass does with a block: adds its units to the statistics and returns their sum.
pub(crate) type Leaf<'a, M> =
    dyn Fn(&<M as LatentModel>::Data, Range<usize>, usize, &mut <M as LatentModel>::Stats) -> f64 + Sync + 'a;

/// One sweep over blocks. An [`Executor`] calls [`leaf`](Self::leaf) for each and [`merge`](Self::merge) along the tree.
pub struct Pass<'a, M: LatentModel> {
    pub(crate) model: &'a M,
    /// Gives the statistics their shape.
    pub(crate) like: &'a M::Params,
    pub(crate) leaf: &'a Leaf<'a, M>,
    pub(crate) spare: &'a Spare<M::Stats>,
}

impl<M: LatentModel> Pass<'_, M> {
    /// The partial result of one block: `units` of `data`, which is block number `block`.
    pub fn leaf(&self, data: &M::Data, units: Range<usize>, block: usize) -> Partial<M::Stats> {
        let mut stats = self.spare.take().unwrap_or_else(|| self.model.zero(self.like));
        let sum = (self.leaf)(data, units, block, &mut stats);
        Partial { stats, sum }
    }

    /// Adds the partial result of later blocks to that of earlier ones.
    pub fn merge(&self, earlier: &mut Partial<M::Stats>, later: Partial<M::Stats>) {
        earlier.stats.merge(&later.stats);
        earlier.sum += later.sum;
        self.spare.give(later.stats);
    }
}

/// Empty statistics kept for the next block, so that a pass allocates none.
pub(crate) struct Spare<S>(Mutex<Vec<S>>);

impl<S: Statistics> Spare<S> {
    pub(crate) fn new() -> Self {
        Spare(Mutex::new(Vec::new()))
    }

    pub(crate) fn take(&self) -> Option<S> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub(crate) fn give(&self, mut stats: S) {
        stats.clear();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(stats);
    }

    pub(crate) fn empty(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Runs passes over data, wherever they are.
pub trait Executor<M: LatentModel>: Sync {
    /// The number of blocks, at least one.
    fn blocks(&self) -> usize;

    /// Sweeps over these blocks and merges along the fixed tree of [`reduce`].
    fn run(&self, blocks: Range<usize>, pass: &Pass<M>) -> Partial<M::Stats>;

    /// The weight of all units of these blocks.
    fn weight(&self, blocks: Range<usize>) -> f64;

    /// Why some of the data could not be read; see [`Dataset::fault`].
    fn fault(&self) -> Option<StoreFault> {
        None
    }

    /// All data in one piece, where they are at hand.
    fn whole(&self) -> Option<&M::Data> {
        None
    }
}

/// All data in this process, worked on by rayon's current thread pool.
pub struct Local<'a, D: ?Sized> {
    data: &'a D,
    units: usize,
    block: usize,
}

impl<'a, D: crate::Dataset + ?Sized> Local<'a, D> {
    /// `data` cut into blocks of the size that `model` asks for.
    pub fn new<M: LatentModel<Data = D>>(model: &M, data: &'a D) -> Self {
        Local { data, units: data.units(), block: model.block(data).max(1) }
    }

    fn units(&self, block: usize) -> Range<usize> {
        let begin = block * self.block;
        begin..(begin + self.block).min(self.units)
    }
}

impl<M: LatentModel> Executor<M> for Local<'_, M::Data> {
    fn blocks(&self) -> usize {
        self.units.div_ceil(self.block).max(1)
    }

    fn run(&self, blocks: Range<usize>, pass: &Pass<M>) -> Partial<M::Stats> {
        reduce(blocks, &|b| pass.leaf(self.data, self.units(b), b), &|a, b| pass.merge(a, b))
    }

    fn weight(&self, blocks: Range<usize>) -> f64 {
        blocks.flat_map(|block| self.units(block)).map(|unit| self.data.weight(unit)).sum()
    }

    fn fault(&self) -> Option<StoreFault> {
        self.data.fault()
    }

    fn whole(&self) -> Option<&M::Data> {
        Some(self.data)
    }
}

/// Merges leaves along the fixed tree: the left child of a node holds the largest power of two of its blocks.
pub fn reduce<T: Send>(
    blocks: Range<usize>,
    leaf: &(dyn Fn(usize) -> T + Sync),
    merge: &(dyn Fn(&mut T, T) + Sync),
) -> T {
    if blocks.len() <= 1 {
        return leaf(blocks.start);
    }
    let middle = blocks.start + blocks.len().next_power_of_two() / 2;
    let (mut left, right) =
        rayon::join(|| reduce(blocks.start..middle, leaf, merge), || reduce(middle..blocks.end, leaf, merge));
    merge(&mut left, right);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_fixed_and_visits_every_block_once() {
        let show = |n: usize| reduce(0..n, &|b| b.to_string(), &|a: &mut String, b| *a = format!("({a}{b})"));
        assert_eq!(show(1), "0");
        assert_eq!(show(5), "(((01)(23))4)");
        assert_eq!(show(6), "(((01)(23))(45))");
    }

    /// A model that notes which units it is shown; three to a block.
    struct Tape(Mutex<Vec<Range<usize>>>);

    impl LatentModel for Tape {
        type Data = [f64];
        type Params = ();
        type Stats = f64;
        fn zero(&self, _: &()) -> f64 {
            0.0
        }
        fn expect(&self, _: &(), data: &[f64], units: Range<usize>, stats: &mut f64) -> f64 {
            self.0.lock().unwrap().push(units.clone());
            *stats += units.len() as f64;
            data[units].iter().sum()
        }
        fn maximize(&self, _: &f64, _: &()) -> Result<(), crate::MStepError> {
            Ok(())
        }
        fn block(&self, _: &[f64]) -> usize {
            3
        }
    }

    fn sweep(data: &[f64]) -> (Vec<Range<usize>>, f64, f64) {
        let model = Tape(Mutex::default());
        let local = Local::new(&model, data);
        let all = crate::algorithm::Context::new(&model, &local, crate::Streams { seed: 1, run: 1 }).at(());
        let mut seen = model.0.into_inner().unwrap();
        seen.sort_by_key(|r| r.start);
        (seen, all.stats, all.log_likelihood)
    }

    #[test]
    fn a_last_block_may_be_shorter_and_no_units_are_one_empty_block() {
        assert_eq!(sweep(&[1.0; 7]), (vec![0..3, 3..6, 6..7], 7.0, 7.0));
        assert_eq!(sweep(&[1.0; 6]), (vec![0..3, 3..6], 6.0, 6.0));
        assert_eq!(sweep(&[]), (Vec::from_iter(std::iter::once(0..0)), 0.0, 0.0));
    }
}
