//! Data, parameters and statistics of a model that is known only at run time.

use crate::table::StoreFault;
use crate::{Dataset, Statistics};
use serde::Serialize;
use std::any::Any;

trait AnyData: Any + Send + Sync {
    fn units_any(&self) -> usize;
    fn weight_any(&self, unit: usize) -> f64;
    fn total_weight_any(&self) -> f64;
    fn rows_any(&self) -> usize;
    fn unit_of_any(&self, row: usize) -> usize;
    fn fault_any(&self) -> Option<StoreFault>;
}

impl<D: Dataset + Any + Send> AnyData for D {
    fn units_any(&self) -> usize {
        self.units()
    }
    fn weight_any(&self, unit: usize) -> f64 {
        self.weight(unit)
    }
    fn total_weight_any(&self) -> f64 {
        self.total_weight()
    }
    fn rows_any(&self) -> usize {
        self.rows()
    }
    fn unit_of_any(&self, row: usize) -> usize {
        self.unit_of(row)
    }
    fn fault_any(&self) -> Option<StoreFault> {
        self.fault()
    }
}

trait AnyParams: Any + Send + Sync {
    fn copy(&self) -> Params;
    fn show(&self) -> &dyn erased_serde::Serialize;
}

impl<P: Any + Send + Sync + Clone + Serialize> AnyParams for P {
    fn copy(&self) -> Params {
        Params(Box::new(self.clone()))
    }
    fn show(&self) -> &dyn erased_serde::Serialize {
        self
    }
}

trait AnyStats: Any + Send + Sync {
    fn copy(&self) -> Stats;
    fn merge_any(&mut self, other: &dyn Any);
    fn scale_any(&mut self, by: f64);
    fn visit_any(&mut self, f: &mut dyn FnMut(&mut [f64]));
    fn clear_any(&mut self);
}

impl<S: Statistics + Any> AnyStats for S {
    fn copy(&self) -> Stats {
        Stats(Box::new(self.clone()))
    }
    fn merge_any(&mut self, other: &dyn Any) {
        self.merge(other.downcast_ref().expect(OURS));
    }
    fn scale_any(&mut self, by: f64) {
        self.scale(by);
    }
    fn visit_any(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.visit(f);
    }
    fn clear_any(&mut self) {
        self.clear();
    }
}

/// Data of some model.
pub struct Data(Box<dyn AnyData>);
/// Parameters of some model.
pub struct Params(Box<dyn AnyParams>);
/// Statistics of some model.
pub struct Stats(Box<dyn AnyStats>);

impl Dataset for Data {
    fn units(&self) -> usize {
        self.0.units_any()
    }
    fn weight(&self, unit: usize) -> f64 {
        self.0.weight_any(unit)
    }
    fn total_weight(&self) -> f64 {
        self.0.total_weight_any()
    }
    fn rows(&self) -> usize {
        self.0.rows_any()
    }
    fn unit_of(&self, row: usize) -> usize {
        self.0.unit_of_any(row)
    }
    fn fault(&self) -> Option<StoreFault> {
        self.0.fault_any()
    }
}

impl Clone for Params {
    fn clone(&self) -> Self {
        (*self.0).copy()
    }
}

impl Serialize for Params {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        erased_serde::serialize(self.0.show(), s)
    }
}

impl Clone for Stats {
    fn clone(&self) -> Self {
        (*self.0).copy()
    }
}

impl Statistics for Stats {
    fn merge(&mut self, other: &Self) {
        self.0.merge_any(&*other.0);
    }
    fn scale(&mut self, by: f64) {
        self.0.scale_any(by);
    }
    fn visit(&mut self, f: &mut dyn FnMut(&mut [f64])) {
        self.0.visit_any(f);
    }
    fn clear(&mut self) {
        self.0.clear_any();
    }
}

/// The invariant behind every downcast: a `Learnt` hands out model, data and parameters of one concrete model.
pub(super) const OURS: &str = "data, parameters and statistics come from this model";

impl Data {
    /// Hides the type of `data`.
    pub fn new<D: Dataset + Send + 'static>(data: D) -> Self {
        Data(Box::new(data))
    }

    /// The data, seen as what they are.
    ///
    /// # Panics
    /// When they are of another type.
    pub fn downcast<T: 'static>(&self) -> &T {
        (&*self.0 as &dyn Any).downcast_ref().expect(OURS)
    }
}

impl Params {
    /// Hides the type of `params`.
    pub fn new<P: Clone + Send + Sync + Serialize + 'static>(params: P) -> Self {
        Params(Box::new(params))
    }

    /// The parameters, seen as what they are.
    ///
    /// # Panics
    /// When they are of another type.
    pub fn downcast<T: 'static>(&self) -> &T {
        (&*self.0 as &dyn Any).downcast_ref().expect(OURS)
    }
}

impl Stats {
    pub(super) fn new<S: Statistics + 'static>(stats: S) -> Self {
        Stats(Box::new(stats))
    }

    /// The statistics, seen as what they are.
    ///
    /// # Panics
    /// When they are of another type.
    pub fn downcast<T: 'static>(&self) -> &T {
        (&*self.0 as &dyn Any).downcast_ref().expect(OURS)
    }

    pub(super) fn downcast_mut<T: 'static>(&mut self) -> &mut T {
        (&mut *self.0 as &mut dyn Any).downcast_mut().expect(OURS)
    }
}
