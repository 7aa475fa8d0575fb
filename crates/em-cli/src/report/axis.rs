//! [`Axis`]: from numbers to places along an edge of a drawing.

/// So much of its range an axis goes on beyond the data, on either side.
const MARGIN: f64 = 0.04;
/// A range narrower than this, relative to its ends, has no ticks that could be told apart.
const NARROWEST: f64 = 1e-12;
/// Ends beyond this would overflow when they are subtracted.
const FARTHEST: f64 = 1e300;
/// Ranges below this would vanish when they are divided.
const SMALLEST: f64 = 1e-290;
/// Positions of levels lie at whole numbers; the axis goes on by so much.
const HALF: f64 = 0.5;

/// A mark along an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// Where it stands.
    pub at: f64,
    /// What it says.
    pub label: String,
}

/// One direction of a drawing: a range of numbers, or levels that stand at 0, 1, 2, ….
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    /// What it measures.
    pub name: String,
    low: f64,
    high: f64,
    /// Ticks lie no closer than this.
    least_step: f64,
    levels: Vec<String>,
}

impl Axis {
    /// From `low` to `high`, widened where there is nothing between them.
    pub fn between(low: f64, high: f64, name: &str) -> Self {
        let (low, high) = (low.clamp(-FARTHEST, FARTHEST), high.clamp(-FARTHEST, FARTHEST));
        let size = low.abs().max(high.abs());
        let narrow = high - low < (NARROWEST * size).max(SMALLEST);
        let (low, high) = match narrow {
            true if size < SMALLEST => (low - 1.0, high + 1.0),
            true => (low - 0.1 * size, high + 0.1 * size),
            false => (low, high),
        };
        Axis { name: name.into(), low, high, least_step: 0.0, levels: Vec::new() }
    }

    /// Around all of `values`, with some room on either side.
    pub fn around(values: impl IntoIterator<Item = f64>, name: &str) -> Self {
        let (low, high) = values
            .into_iter()
            .filter(|v| v.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Axis::between(0.0, 1.0, name);
        }
        let tight = Axis::between(low, high, name);
        let room = MARGIN * (tight.high - tight.low);
        Axis { low: tight.low - room, high: tight.high + room, ..tight }
    }

    /// From 0 to a little above the largest of `values`.
    pub fn from_zero(values: impl IntoIterator<Item = f64>, name: &str) -> Self {
        let high = values.into_iter().filter(|v| v.is_finite()).fold(0.0, f64::max);
        Axis::between(0.0, if high > 0.0 { high * (1.0 + MARGIN) } else { 1.0 }, name)
    }

    /// Of levels, the first at 0.
    pub fn of_levels(levels: Vec<String>, name: &str) -> Self {
        let high = levels.len().max(1) as f64 - HALF;
        Axis { name: name.into(), low: -HALF, high, least_step: 1.0, levels }
    }

    /// The same with ticks at whole numbers only: iterations, counts.
    pub fn of_counts(self) -> Self {
        Axis { least_step: 1.0, ..self }
    }

    /// Both ends.
    pub fn range(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// How far along the axis `x` is: 0 at its low end, 1 at its high end.
    pub fn fraction(&self, x: f64) -> f64 {
        (x - self.low) / (self.high - self.low)
    }

    /// At most about `most` marks at multiples of 1, 2 or 5 times a power of ten; of levels, one each.
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        if !self.levels.is_empty() {
            let level = |(i, label): (usize, &String)| Tick { at: i as f64, label: label.clone() };
            return self.levels.iter().enumerate().map(level).collect();
        }
        let step = step((self.high - self.low) / most.max(1) as f64).max(self.least_step);
        let first = (self.low / step - 1e-9).ceil();
        let count = ((self.high / step + 1e-9).floor() - first).max(0.0) as usize;
        let at: Vec<f64> = (0..=count.min(2 * most)).map(|i| (first + i as f64) * step).collect();
        let largest = at.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        at.into_iter().map(|at| Tick { at, label: number(at, step, largest) }).collect()
    }
}

/// The smallest of 1, 2, 5, 10 × a power of ten that is not below `rough`.
fn step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough * (1.0 - 1e-9)).unwrap_or(rough)
}

/// A number at a tick, with the decimals that tell it from its neighbours a `step` away.
fn number(x: f64, step: f64, largest: f64) -> String {
    let magnitude = |x: f64| x.log10().floor() as i32;
    let text = if largest == 0.0 || (1e-4..1e6).contains(&largest) {
        let decimals = (-magnitude(step * 1.001)).max(0) as usize;
        format!("{x:.decimals$}")
    } else {
        let digits = |x: f64| (magnitude(x.abs()) - magnitude(step * 1.001)).max(0) as usize;
        if x == 0.0 { "0".into() } else { format!("{x:.*e}", digits(x)) }
    };
    // A minus sign is as wide as a digit.
    let zero = text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.'));
    if zero { text.trim_start_matches('-').into() } else { text.replace('-', "−") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis, most: usize) -> Vec<String> {
        axis.ticks(most).into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn ticks_stand_at_round_numbers() {
        assert_eq!(labels(&Axis::between(0.0, 1.0, ""), 5), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&Axis::between(43.0, 96.0, ""), 6), ["50", "60", "70", "80", "90"]);
        assert_eq!(labels(&Axis::between(-0.3, 0.31, ""), 4), ["−0.2", "0.0", "0.2"]);
        assert_eq!(labels(&Axis::between(0.0, 3e6, ""), 3), ["0", "1e6", "2e6", "3e6"]);
        assert_eq!(labels(&Axis::between(1e-9, 2.4e-9, ""), 3), ["1.0e−9", "1.5e−9", "2.0e−9"]);
        assert_eq!(Axis::between(0.0, 1.0, "").ticks(5)[3].at, 0.6000000000000001);
    }

    #[test]
    fn counts_have_ticks_at_whole_numbers() {
        assert_eq!(labels(&Axis::between(1.0, 3.0, "").of_counts(), 6), ["1", "2", "3"]);
        assert_eq!(labels(&Axis::between(-0.4, 0.4, "").of_counts(), 5), ["0"]);
        assert_eq!(labels(&Axis::between(0.0, 93.0, "").of_counts(), 5), ["0", "20", "40", "60", "80"]);
    }

    #[test]
    fn places_are_fractions_of_the_range() {
        let axis = Axis::between(2.0, 6.0, "");
        assert_eq!([2.0, 3.0, 6.0].map(|x| axis.fraction(x)), [0.0, 0.25, 1.0]);
        let around = Axis::around([0.0, f64::NAN, 10.0], "");
        assert_eq!(around.range(), (-0.4, 10.4));
        assert_eq!(Axis::from_zero([1.0, 2.0], "").range(), (0.0, 2.08));
    }

    #[test]
    fn no_range_is_too_narrow_or_too_wide() {
        let ends = [(0.0, 0.0), (5.0, 5.0), (-1e308, 1e308), (1e308, 1e308), (5e-324, 1e-320), (1e16, 1e16 + 2.0)];
        for (low, high) in ends {
            let axis = Axis::around([low, high], "x");
            let ticks = axis.ticks(5);
            assert!((1..=11).contains(&ticks.len()), "{low} {high}: {ticks:?}");
            assert!(ticks.iter().all(|t| (-1e-6..=1.000001).contains(&axis.fraction(t.at))), "{low} {high}: {ticks:?}");
            assert!(axis.fraction(low.clamp(-1e300, 1e300)).is_finite());
        }
        assert_eq!(Axis::around([], "").range(), (0.0, 1.0));
    }

    #[test]
    fn levels_have_a_tick_each() {
        let axis = Axis::of_levels(["a", "b"].map(String::from).to_vec(), "kind");
        assert_eq!(labels(&axis, 1), ["a", "b"]);
        assert_eq!([axis.fraction(0.0), axis.fraction(1.0)], [0.25, 0.75]);
    }
}
