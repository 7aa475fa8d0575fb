//! K-means over groups of rows.

use super::capabilities::begun_anew;
use super::centers::Centers;
use super::levels::{Levels, median, mode};
use super::model::{KMeansDissimilarity, KMeansModel};
use super::stats::KMeansStats;
use crate::{Grouped, PerGroup, Rows};
use em_core::{
    CompleteLikelihood, Dataset, LabelStart, LabelSymmetry, LatentModel, MStepError, Outline, Portrait, Predict,
    Prediction, Repair, Resample, Rng, Start, StartKind, Warning,
};
use std::ops::Range;

impl PerGroup<KMeansModel> {
    /// The center of least summed dissimilarity to the rows of a unit, the first among equals, and that sum.
    fn nearest(&self, centers: &Centers, data: &Grouped<Rows>, unit: usize) -> (usize, f64) {
        let mut sums = vec![0.0; centers.rows().len()];
        self.for_members(data, unit, |row| {
            let all = sums.iter_mut().zip(centers.rows());
            all.for_each(|(sum, center)| *sum += self.0.dissimilarity().between(row, center));
        });
        let all = sums.into_iter().enumerate();
        all.fold((0, f64::INFINITY), |best, at| if at.1 < best.1 { at } else { best })
    }

    /// Shows the rows that belong to the likelihood of a unit, a block at a time.
    fn for_members(&self, data: &Grouped<Rows>, unit: usize, mut f: impl FnMut(&[f64])) {
        let rows = data.side_by_side();
        for piece in data.pieces(unit..unit + 1, self.0.block(rows)) {
            rows.with(piece.clone(), |x| {
                let own = piece.zip(x.chunks_exact(rows.features().max(1)));
                own.filter(|(place, _)| data.belongs(*place)).for_each(|(_, row)| f(row));
            });
        }
    }

    /// The row that is least unlike the rows of each unit: their mean, median or mode.
    fn prototypes(&self, data: &Grouped<Rows>) -> Rows {
        let best = match self.0.dissimilarity() {
            KMeansDissimilarity::SquaredEuclidean => return data.averaged(),
            KMeansDissimilarity::Manhattan => median,
            KMeansDissimilarity::Hamming => mode,
        };
        let one = |unit: usize| {
            let rows = data.side_by_side().select(&data.members(unit).collect::<Vec<_>>());
            let levels = Levels::of(&rows);
            let mut counts = vec![0.0; levels.total()];
            rows.for_each(|_, row| {
                let places = row.iter().enumerate().filter_map(|(feature, x)| levels.position(feature, *x));
                places.for_each(|at| counts[at] += 1.0);
            });
            let range = |feature: usize| levels.range(feature).unwrap_or_default();
            (0..rows.features()).map(|i| best(levels.column(i), &counts[range(i)])).collect::<Vec<_>>()
        };
        let rows = Rows::new(data.side_by_side().features().max(1), (0..data.units()).flat_map(one).collect());
        let weights = (0..data.units()).map(|unit| data.weight(unit)).collect();
        rows.and_then(|rows| rows.weighted(weights)).expect("medians and modes of finite numbers, a weight for each")
    }
}

/// The rows of a group have one label: z = argmin_j Σ_i δ(x_i, c_j) over them, the lowest j among equals.
///
/// The sizes of clusters, and what centers are made of, are rows.
impl LatentModel for PerGroup<KMeansModel> {
    type Data = Grouped<Rows>;
    type Params = Centers;
    type Stats = KMeansStats;

    fn zero(&self, centers: &Centers) -> KMeansStats {
        self.0.zero(centers)
    }

    fn expect(&self, centers: &Centers, data: &Grouped<Rows>, units: Range<usize>, stats: &mut KMeansStats) -> f64 {
        if !data.is_grouped() {
            return self.0.expect(centers, data.side_by_side(), units, stats);
        }
        let mut inertia = 0.0;
        for unit in units.filter(|u| data.weight(*u) > 0.0) {
            let (j, dissimilarity) = self.nearest(centers, data, unit);
            inertia += data.weight(unit) * dissimilarity;
            self.for_members(data, unit, |row| self.0.add_to(stats, centers, j, row, data.weight(unit)));
        }
        stats.inertia += inertia;
        -inertia
    }

    fn maximize(&self, stats: &KMeansStats, centers: &Centers) -> Result<Centers, MStepError> {
        self.0.maximize(stats, centers)
    }

    fn log_likelihood(&self, centers: &Centers, stats: &KMeansStats, sum: f64) -> f64 {
        self.0.log_likelihood(centers, stats, sum)
    }

    fn score(&self, centers: &Centers, data: &Grouped<Rows>, units: Range<usize>) -> Vec<f64> {
        match data.is_grouped() {
            true => units.map(|unit| 0.0 - self.nearest(centers, data, unit).1).collect(),
            false => self.0.score(centers, data.side_by_side(), units),
        }
    }

    fn block(&self, data: &Grouped<Rows>) -> usize {
        data.units_per_block(self.0.block(data.side_by_side()))
    }

    fn finish(&self, centers: &Centers, stats: &KMeansStats) -> Centers {
        self.0.finish(centers, stats)
    }

    fn warnings(&self, centers: &Centers, stats: &KMeansStats) -> Vec<Warning> {
        self.0.warnings(centers, stats)
    }

    fn admit(&self, centers: &Centers, data: &Grouped<Rows>) -> Result<Centers, String> {
        self.0.admit(centers, data.side_by_side())
    }
}

impl Portrait for PerGroup<KMeansModel> {
    fn outlines(&self, centers: &Centers) -> Vec<Outline> {
        self.0.outlines(centers)
    }
}

impl CompleteLikelihood for PerGroup<KMeansModel> {
    fn q(&self, centers: &Centers, stats: &KMeansStats) -> f64 {
        self.0.q(centers, stats)
    }
}

/// As of plain rows, of which each stands for a group: its mean, median or mode.
impl Start for PerGroup<KMeansModel> {
    fn start(&self, data: &Grouped<Rows>, rng: &mut Rng) -> Result<Centers, MStepError> {
        self.start_by(self.0.kinds()[0], data, rng)
    }

    fn kinds(&self) -> &'static [StartKind] {
        self.0.kinds()
    }

    fn start_by(&self, kind: StartKind, data: &Grouped<Rows>, rng: &mut Rng) -> Result<Centers, MStepError> {
        match data.is_grouped() {
            true => self.0.start_by(kind, &self.prototypes(data), rng),
            false => self.0.start_by(kind, data.side_by_side(), rng),
        }
    }
}

impl LabelStart for PerGroup<KMeansModel> {
    fn labels(&self) -> usize {
        self.0.clusters()
    }

    fn labelled(&self, data: &Grouped<Rows>, labels: &[usize]) -> Result<Centers, MStepError> {
        let of_rows: Vec<usize> = (0..data.rows()).map(|place| labels[data.owner(place)]).collect();
        self.0.labelled(data.side_by_side(), &of_rows)
    }
}

impl Predict for PerGroup<KMeansModel> {
    fn predict(&self, centers: &Centers, data: &Grouped<Rows>, units: Range<usize>) -> Prediction {
        if !data.is_grouped() {
            return self.0.predict(centers, data.side_by_side(), units);
        }
        let labels: Vec<usize> = units.clone().map(|unit| self.nearest(centers, data, unit).0).collect();
        data.predict_rows(units, &Prediction::of_labels(labels))
    }
}

/// As of plain rows; a cluster begins anew at the mean, median or mode of a group.
impl Repair for PerGroup<KMeansModel> {
    fn reseed(&self, centers: &Centers, part: usize, data: &Grouped<Rows>, unit: usize) -> Result<Centers, MStepError> {
        let prototype = self.prototypes(&data.select(&[unit])).copy_of(0);
        begun_anew(centers, part, prototype, self.nearest(centers, data, unit).1)
    }

    fn without(&self, centers: &Centers, part: usize) -> Option<Centers> {
        self.0.without(centers, part)
    }

    fn idle(&self, centers: &Centers, stats: &KMeansStats) -> Option<MStepError> {
        self.0.idle(centers, stats)
    }
}

impl LabelSymmetry for PerGroup<KMeansModel> {
    fn parts(&self, centers: &Centers) -> usize {
        self.0.parts(centers)
    }

    fn permute(&self, centers: &Centers, order: &[usize]) -> Centers {
        self.0.permute(centers, order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use em_core::Fit;

    /// Three groups: around 0, around 1 with one far row, around 10.
    fn data(weights: [f64; 8]) -> Grouped<Rows> {
        let rows =
            Rows::new(1, vec![0.0, 1.0, 10.0, 0.5, 7.0, 11.0, 0.4, 1.2]).unwrap().weighted(weights.to_vec()).unwrap();
        Grouped::new(rows, &["a", "b", "c", "a", "b", "c", "a", "b"]).unwrap()
    }

    fn centers(c: [f64; 2]) -> Centers {
        Centers::new(c.map(|c| vec![c]).to_vec()).unwrap()
    }

    #[test]
    fn a_group_has_one_label_and_its_rows_pay_for_it() {
        let (model, data) = (PerGroup(KMeansModel::means(2)), data([1.0; 8]));
        let at = centers([0.0, 10.0]);
        // b: 1 + 49 + 1.44 to the first center, 81 + 9 + 77.44 to the second.
        let scores = model.score(&at, &data, 0..3);
        for (score, wanted) in scores.iter().zip([0.41, 51.44, 1.0]) {
            assert!((score + wanted).abs() < 1e-12, "{score}");
        }
        assert_eq!(model.predict(&at, &data, 0..3).labels(), Some(&[0, 0, 1, 0, 0, 1, 0, 0][..]));
        assert_eq!(model.predict(&at, &data, 1..3).labels(), Some(&[0, 1, 0, 1, 0][..]));
        let fitted = Fit::new(&model, &data).from(at).unwrap();
        // The means of six rows and of two: the row at 7 alone would have changed sides.
        assert!((fitted.params.rows()[0][0] - 10.1 / 6.0).abs() < 1e-12 && fitted.params.rows()[1][0] == 10.5);
        assert_eq!(KMeansModel::means(2).predict(&fitted.params, data.side_by_side(), 4..5).labels(), Some(&[1][..]));
    }

    #[test]
    fn weights_count_groups_and_zero_is_absence() {
        let model = PerGroup(KMeansModel::means(2));
        let fit = |data: &Grouped<Rows>| Fit::new(&model, data).from(centers([0.0, 10.0])).unwrap();
        let twice = data([1.0; 8]).select(&[0, 1, 2, 1]);
        let heavy = data([1.0, 2.0, 1.0, 1.0, 2.0, 1.0, 1.0, 2.0]);
        for (a, b) in fit(&twice).trace.iter().zip(&fit(&heavy).trace) {
            assert!((a - b).abs() < 1e-12 * a.abs());
        }
        let absent = data([1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
        // Without the row at 7: the rows at 0, 0.5, 0.4, 1, 1.2, with mean 0.62.
        assert!((fit(&absent).params.rows()[0][0] - 0.62).abs() < 1e-12);
    }

    #[test]
    fn rows_without_groups_are_the_model_itself() {
        let rows = Rows::new(1, vec![1.0, 2.0, 9.0, 12.0, 4.0, 4.5]).unwrap();
        for dissimilarity in [KMeansDissimilarity::SquaredEuclidean, KMeansDissimilarity::Manhattan] {
            let model = KMeansModel::on(2, dissimilarity, Levels::of(&rows));
            let wanted = Fit::new(&model, &rows).seed(2).run().unwrap();
            let fitted = Fit::new(&PerGroup(model), &rows.clone().into()).seed(2).run().unwrap();
            assert_eq!((&fitted.trace, &fitted.params), (&wanted.trace, &wanted.params));
        }
    }

    #[test]
    fn medians_and_modes_start_at_those_of_groups() {
        let data = data([1.0; 8]);
        let of = |dissimilarity| PerGroup(KMeansModel::on(2, dissimilarity, Levels::of(data.side_by_side())));
        let prototypes = |dissimilarity| {
            let rows = of(dissimilarity).prototypes(&data);
            (0..3).map(|unit| rows.row(unit)[0]).collect::<Vec<_>>()
        };
        assert_eq!(prototypes(KMeansDissimilarity::Manhattan), [0.4, 1.2, 10.5]);
        assert_eq!(prototypes(KMeansDissimilarity::Hamming), [0.0, 1.0, 10.0]);
        for dissimilarity in [KMeansDissimilarity::Manhattan, KMeansDissimilarity::Hamming] {
            let fitted = Fit::new(&of(dissimilarity), &data).run().unwrap();
            assert!(fitted.trace.windows(2).all(|w| w[1] >= w[0]) && fitted.params.inertia().unwrap() > 0.0);
        }
    }

    #[test]
    fn an_empty_cluster_begins_anew_at_the_group_farthest_from_its_center_or_is_left_out() {
        use em_core::{Degenerate, EventKind};
        let (model, data) = (PerGroup(KMeansModel::means(2)), data([1.0; 8]));
        let fit = |policy| Fit::new(&model, &data).degenerate(policy).from(centers([1.0, 500.0])).unwrap();
        // From 1 the groups are 1.61, 36.04 and 181 away; that at 10 and 11 has the mean 10.5.
        let anew = fit(Degenerate::Reseed);
        assert!(matches!(anew.events[0].what, EventKind::Reseeded { component: 1, row: 2, .. }));
        assert_eq!((anew.events.len(), anew.params.rows()[1][0]), (1, 10.5));
        let dropped = fit(Degenerate::Drop);
        assert!((dropped.params.rows()[0][0] - 31.1 / 8.0).abs() < 1e-12 && dropped.params.rows().len() == 1);
        assert_eq!(model.permute(&anew.params, &[1, 0]).rows()[0], [10.5]);
        // Rows without groups are mended as those of the model itself.
        let rows = Rows::new(1, vec![1.0, 2.0, 9.0]).unwrap();
        let plain = Fit::new(&model.0, &rows).degenerate(Degenerate::Reseed).from(centers([1.0, 500.0])).unwrap();
        let each = Fit::new(&model, &rows.into()).degenerate(Degenerate::Reseed).from(centers([1.0, 500.0])).unwrap();
        assert_eq!((plain.trace, plain.params, plain.events), (each.trace, each.params, each.events));
    }

    #[test]
    fn labels_give_the_best_centers() {
        let model = PerGroup(KMeansModel::means(2));
        let start = model.start_from_labels(&data([1.0; 8]), &[1, 1, 0]).unwrap();
        assert!((start.rows()[1][0] - 10.1 / 6.0).abs() < 1e-12 && start.rows()[0][0] == 10.5);
        let medians = KMeansModel::on(2, KMeansDissimilarity::Manhattan, Levels::of(data([1.0; 8]).side_by_side()));
        let start = PerGroup(medians).start_from_labels(&data([1.0; 8]), &[0, 0, 1]).unwrap();
        assert_eq!(start, centers([0.75, 10.5]));
    }
}
