//! Incremental EM.

use super::{Algorithm, Ascent, Context, Memory, State};
use crate::{Cause, CompleteLikelihood, LatentModel, Statistics};
use serde::{Deserialize, Serialize};

/// Incremental EM (Neal & Hinton 1998): an M-step after every block, on the statistics that each block had when it was
/// seen last. One iteration is one sweep over the blocks in order.
///
/// It climbs the bound
///
/// F = Q(θ; Σ_b s_b) + ln p(θ) + Σ_b \[ln p(y_b | θ_b) − Q(θ_b; s_b)\],
///
/// with θ_b the parameters at which block b was seen last. F never falls, costs no pass of its own, and is the objective
/// where the iterations end. Block statistics stand at the leaves of a binary tree, each node the merger of its children:
/// nothing is ever subtracted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incremental;

impl<M: CompleteLikelihood> Algorithm<M> for Incremental {
    fn begin(&self, cx: &Context<M>, params: M::Params, memory: &mut Memory) -> State<M> {
        let mut tree = Tree::new(cx, &params);
        (0..cx.blocks()).for_each(|block| tree.see(cx, &params, block));
        (1..tree.leaves()).rev().for_each(|node| tree.pull(cx, &params, node));
        let state = tree.state(cx, params);
        memory.numbers = tree.0;
        state
    }

    fn step(&self, cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<State<M>, Cause> {
        let (mut tree, mut params) = (Tree::take(cx, from, memory)?, from.params.clone());
        for block in 0..cx.blocks() {
            cx.proceed()?;
            tree.see(cx, &params, block);
            let above = std::iter::successors(Some((tree.leaves() + block) / 2), |node| Some(node / 2));
            above.take_while(|node| *node >= 1).for_each(|node| tree.pull(cx, &params, node));
            params = cx.maximize(&tree.read(cx, &params, 1), &params)?;
        }
        let state = tree.state(cx, params);
        memory.numbers = tree.0;
        Ok(state)
    }

    fn ascent(&self, _: &Memory) -> Ascent {
        Ascent::Bound
    }
}

/// Flat statistics: the root at 1, the children of node i at 2i and 2i + 1, the leaves last. At 0 what each block's
/// log-likelihood exceeded its Q by.
struct Tree(Vec<Vec<f64>>);

impl Tree {
    fn new<M: LatentModel>(cx: &Context<M>, params: &M::Params) -> Self {
        let mut nodes = vec![cx.model.zero(params).flatten(); 2 * cx.blocks().next_power_of_two()];
        nodes[0] = vec![0.0; cx.blocks()];
        Tree(nodes)
    }

    /// The tree in the memory, which must be one of these blocks and statistics.
    fn take<M: LatentModel>(cx: &Context<M>, from: &State<M>, memory: &mut Memory) -> Result<Self, Cause> {
        let nodes = std::mem::take(&mut memory.numbers);
        let (blocks, numbers) = (cx.blocks(), from.stats.flatten().len());
        let sized = |(i, node): (usize, &Vec<f64>)| node.len() == if i == 0 { blocks } else { numbers };
        match nodes.len() == 2 * blocks.next_power_of_two() && nodes.iter().enumerate().all(sized) {
            true => Ok(Tree(nodes)),
            false => Err(Cause::Checkpoint("its statistics are not those of the blocks of these data".into())),
        }
    }

    fn leaves(&self) -> usize {
        self.0.len() / 2
    }

    fn read<M: LatentModel>(&self, cx: &Context<M>, like: &M::Params, node: usize) -> M::Stats {
        let mut stats = cx.model.zero(like);
        stats.unflatten(&self.0[node]);
        stats
    }

    /// The E-step of one block.
    fn see<M: CompleteLikelihood>(&mut self, cx: &Context<M>, params: &M::Params, block: usize) {
        let seen = cx.expect(params, block..block + 1);
        self.0[0][block] = seen.sum - cx.model.q(params, &seen.stats);
        let leaf = self.leaves() + block;
        self.0[leaf] = seen.stats.flatten();
        cx.recycle(seen.stats);
    }

    fn pull<M: LatentModel>(&mut self, cx: &Context<M>, like: &M::Params, node: usize) {
        let mut sum = self.read(cx, like, 2 * node);
        sum.merge(&self.read(cx, like, 2 * node + 1));
        self.0[node] = sum.flatten();
    }

    fn state<M: CompleteLikelihood>(&self, cx: &Context<M>, params: M::Params) -> State<M> {
        let stats = self.read(cx, &params, 1);
        let log_likelihood = cx.model.q(&params, &stats) + self.0[0].iter().sum::<f64>();
        State { log_likelihood, log_prior: cx.model.log_prior(&params), params, stats }
    }
}
