//! Starts of K-medoids: BUILD, random rows, and labels.

use super::pairs::Pairs;
use super::{ComparedRows, KMedoidsModel, Medoids, build};
use crate::kmeans::count_different;
use crate::spread::Spread;
use em_core::{LabelStart, MStepError, Part, Rng, Start, StartKind};

impl Start for KMedoidsModel {
    /// By BUILD.
    fn start(&self, data: &ComparedRows, rng: &mut Rng) -> Result<Medoids, MStepError> {
        self.start_by(StartKind::Build, data, rng)
    }

    fn kinds(&self) -> &'static [StartKind] {
        &[StartKind::Build, StartKind::Rows]
    }

    fn start_by(&self, kind: StartKind, data: &ComparedRows, rng: &mut Rng) -> Result<Medoids, MStepError> {
        let (k, pairs) = (self.clusters(), Pairs::new(data));
        let different = count_different(data.rows(), k);
        if different < k {
            let cause = format!("only {different} of the rows that count differ, and {k} clusters need as many");
            return Err(MStepError::new(Part::Whole, cause, "use fewer clusters"));
        }
        if kind == StartKind::Rows {
            let rows = Spread::raw(data.rows()).different_rows(k, rng)?;
            let centers = rows.iter().map(|row| data.rows().row(*row).to_vec()).collect();
            return Ok(Medoids::found(rows, centers));
        }
        pairs.checked(pairs.medoids(&build::build(&pairs, k)))
    }

    /// BUILD needs no chance.
    fn is_random(&self, kind: Option<StartKind>) -> bool {
        kind == Some(StartKind::Rows)
    }
}

/// The best row of each label.
impl LabelStart for KMedoidsModel {
    fn labels(&self) -> usize {
        self.clusters()
    }

    fn labelled(&self, data: &ComparedRows, labels: &[usize]) -> Result<Medoids, MStepError> {
        let pairs = Pairs::new(data);
        let clusters: Vec<usize> = pairs.units.iter().map(|unit| labels[*unit]).collect();
        let best = (0..self.clusters()).filter_map(|label| pairs.best_of(&clusters, label)).collect::<Vec<_>>();
        pairs.checked(pairs.medoids(&best))
    }
}
