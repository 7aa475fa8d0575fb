//! [`Covariate`]: a column that explains a response, and the table in which it alone varies.

use super::histogram::are_whole;
use super::subject::Scene;
use em_core::Table;
use em_core::table::{Cells, Source};
use std::collections::BTreeMap;

/// A curve is drawn through so many points.
const POINTS: usize = 101;
/// A column of at most this many different whole numbers is drawn as levels are, spread sideways.
const FEW: usize = 12;
/// More levels than this have no room.
const MOST_LEVELS: usize = 24;

/// A column that explains a response.
pub(super) struct Covariate<'a> {
    /// Its name.
    pub name: String,
    /// Where each row of the table stands along its axis.
    pub places: Vec<f64>,
    /// The names of its levels; none where it is of numbers.
    pub levels: Vec<String>,
    /// How far a dot may be moved sideways, so that it does not hide others.
    pub spread: f64,
    cells: &'a Cells,
}

impl<'a> Covariate<'a> {
    /// The column `name`, of levels or of numbers; none where it cannot be drawn.
    pub fn of(table: &'a Table, name: &str, is_level: bool) -> Option<Self> {
        let cells = table.cells(name).ok()?;
        if is_level {
            let keys = keys(cells)?;
            let levels: BTreeMap<&Key, usize> =
                keys.iter().collect::<std::collections::BTreeSet<_>>().into_iter().zip(0..).collect();
            let places = keys.iter().map(|key| levels[key] as f64).collect();
            let levels: Vec<String> = levels.keys().map(|key| key.text.clone()).collect();
            return (levels.len() <= MOST_LEVELS).then(|| Covariate {
                name: name.into(),
                places,
                levels,
                spread: 0.3,
                cells,
            });
        }
        let places = table.numbers(name).ok()?.to_vec();
        let mut different = places.clone();
        different.sort_by(f64::total_cmp);
        different.dedup();
        let gaps = different.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
        let spread = if different.len() <= FEW && gaps.is_finite() { 0.25 * gaps } else { 0.0 };
        Some(Covariate { name: name.into(), places, levels: Vec::new(), spread, cells })
    }

    /// Whether it is of whole numbers, so that others would make no sense as ticks.
    pub fn is_whole(&self) -> bool {
        self.levels.is_empty() && are_whole(&self.places)
    }

    /// The places along its axis that a curve goes through.
    pub fn along(&self) -> Vec<f64> {
        if !self.levels.is_empty() {
            return (0..self.levels.len()).map(|level| level as f64).collect();
        }
        let (low, high) = ends(&self.places);
        (0..POINTS).map(|i| low + (high - low) * i as f64 / (POINTS - 1) as f64).collect()
    }

    /// The cells of this column at the places `along` its axis.
    fn cells_at(&self, along: &[f64]) -> Cells {
        let row = |place: &f64| self.places.iter().position(|p| p == place).unwrap_or(0);
        match self.cells {
            Cells::Text(text) => Cells::Text(along.iter().map(|place| text[row(place)].clone()).collect()),
            Cells::Numbers(numbers) if !self.levels.is_empty() => {
                Cells::Numbers(along.iter().map(|place| numbers[row(place)]).collect())
            }
            _ => Cells::Numbers(along.to_vec()),
        }
    }

    /// A table in which this column goes along its axis and all `others` stay where most rows are.
    pub fn alone(&self, scene: &Scene, others: &[String], along: &[f64]) -> Option<Table> {
        let mut table = Table::new(Source::in_memory("points of a drawing"), along.len());
        for name in others {
            let cells = match *name == self.name {
                true => self.cells_at(along),
                false => middle(scene.subject.table.cells(name).ok()?, &scene.weights, along.len())?,
            };
            table.push(name.clone(), cells).ok()?;
        }
        Some(table)
    }
}

/// A level in its order: numbers by size, text by the alphabet.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    number: f64,
    text: String,
}

impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.number.total_cmp(&other.number).then_with(|| self.text.cmp(&other.text))
    }
}

fn keys(cells: &Cells) -> Option<Vec<Key>> {
    match cells {
        Cells::Text(text) => Some(text.iter().map(|t| Key { number: 0.0, text: t.clone() }).collect()),
        Cells::Numbers(x) => Some(x.iter().map(|x| Key { number: *x, text: crate::summary::exact(*x) }).collect()),
        _ => None,
    }
}

fn ends(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)))
}

/// Where a column that does not vary stands: at its weighted median, which is one of its numbers, or its commonest text.
fn middle(cells: &Cells, weights: &[f64], times: usize) -> Option<Cells> {
    match cells {
        Cells::Numbers(numbers) => median(numbers, weights).map(|x| Cells::Numbers(vec![x; times])),
        Cells::Text(text) => commonest(text, weights).map(|t| Cells::Text(vec![t; times])),
        _ => None,
    }
}

/// The smallest number at or below which half of the weight lies.
pub(super) fn median(numbers: &[f64], weights: &[f64]) -> Option<f64> {
    let mut pairs: Vec<(f64, f64)> =
        numbers.iter().copied().zip(weights.iter().copied()).filter(|p| p.1 > 0.0).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = pairs.iter().map(|p| p.1).sum::<f64>() / 2.0;
    let mut below = 0.0;
    pairs
        .into_iter()
        .find(|(_, weight)| {
            below += weight;
            below >= half
        })
        .map(|(x, _)| x)
}

/// The text of most weight, the first in the alphabet among equals.
pub(super) fn commonest(text: &[String], weights: &[f64]) -> Option<String> {
    let mut of_text: BTreeMap<&str, f64> = BTreeMap::new();
    text.iter().zip(weights).for_each(|(t, w)| *of_text.entry(t).or_default() += w);
    let most = of_text.values().copied().fold(0.0, f64::max);
    of_text.into_iter().find(|(_, weight)| *weight == most).map(|(t, _)| t.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_vary_stays_in_the_middle() {
        assert_eq!(median(&[5.0, 1.0, 3.0], &[1.0; 3]), Some(3.0));
        assert_eq!(median(&[5.0, 1.0, 3.0], &[2.0, 1.0, 1.0]), Some(3.0));
        assert_eq!(median(&[5.0, 1.0], &[9.0, 1.0]), Some(5.0));
        assert_eq!(median(&[5.0], &[0.0]), None);
        let text = ["b", "a", "b", "a"].map(String::from);
        assert_eq!(commonest(&text, &[1.0; 4]).as_deref(), Some("a"));
        assert_eq!(commonest(&text, &[1.0, 1.0, 1.5, 1.0]).as_deref(), Some("b"));
    }

    #[test]
    fn levels_stand_in_order() {
        let mut table = Table::from_columns("m", [("x", vec![10.0, 9.0, 10.0])]).unwrap();
        table.push("kind", Cells::Text(["b", "a", "a"].map(String::from).to_vec())).unwrap();
        let kind = Covariate::of(&table, "kind", true).unwrap();
        assert_eq!((&kind.levels[..], &kind.places[..]), (&["a", "b"].map(String::from)[..], &[1.0, 0.0, 0.0][..]));
        assert_eq!(kind.cells_at(&kind.along()), Cells::Text(["a", "b"].map(String::from).to_vec()));
        let x = Covariate::of(&table, "x", true).unwrap();
        assert_eq!(
            (x.levels.clone(), x.cells_at(&x.along())),
            (["9", "10"].map(String::from).to_vec(), Cells::Numbers(vec![9.0, 10.0]))
        );
        let x = Covariate::of(&table, "x", false).unwrap();
        assert_eq!((x.along()[0], x.along()[100], x.spread), (9.0, 10.0, 0.25));
        assert!(Covariate::of(&table, "kind", false).is_none());
    }
}
