//! [`Fixed`]: which parameters are held where they are, by name.

use serde::{Deserialize, Serialize};

/// Names of parameters that a fit holds at the values of its start, as specs write them: `weights`, `means[0]`,
/// `probabilities[1][3]`.
///
/// A name stands for every coordinate that has it, and for those whose name goes on from it with an index or a field.
///
/// ```
/// let fixed = em_core::Fixed::of(["means[0]", "weights"]);
/// let names = ["weights", "means[0][0]", "means[0][1]", "means[1][0]"].map(String::from);
/// assert_eq!(fixed.mask(&names), [true, true, true, false]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fixed(Vec<String>);

impl Fixed {
    /// What these names stand for.
    pub fn of<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Fixed(names.into_iter().map(Into::into).collect())
    }

    /// Whether nothing is fixed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Of each coordinate by its name, whether it is fixed.
    pub fn mask(&self, coordinates: &[String]) -> Vec<bool> {
        coordinates.iter().map(|name| self.0.iter().any(|fixed| stands_for(fixed, name))).collect()
    }

    /// Refuses names that stand for no coordinate, or leave none to be fitted.
    ///
    /// # Errors
    /// A sentence that lists what can be fixed.
    pub fn check(&self, coordinates: &[String]) -> Result<(), String> {
        let unknown = |fixed: &&String| !coordinates.iter().any(|name| stands_for(fixed, name));
        if let Some(fixed) = self.0.iter().find(unknown) {
            return Err(format!(
                "`{fixed}` cannot be fixed{}; what can: {}",
                why(fixed, coordinates),
                told(coordinates)
            ));
        }
        match self.is_empty() || self.mask(coordinates).contains(&false) {
            true => Ok(()),
            false => Err("every parameter is fixed, so nothing is left to be fitted; leave some of them out".into()),
        }
    }
}

fn stands_for(fixed: &str, name: &str) -> bool {
    name.strip_prefix(fixed).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
}

/// Why a name stands for nothing, where it is part of one that stands for something: a weight by itself, one entry of a
/// covariance matrix, a coefficient that is shared.
fn why(fixed: &str, coordinates: &[String]) -> String {
    let Some(whole) = coordinates.iter().find(|name| fixed != *name && stands_for(name, fixed)) else {
        return String::new();
    };
    match coordinates.iter().filter(|name| *name == whole).count() {
        1 if whole.ends_with(']') => format!(" by itself: the model has one number for `{whole}`"),
        _ => format!(" by itself: no part of `{whole}` moves alone, so fix all of it or nothing"),
    }
}

/// The names, each once; where they are many, with the last index left open.
fn told(coordinates: &[String]) -> String {
    const MANY: usize = 12;
    let mut names: Vec<String> = coordinates.iter().map(|name| format!("`{name}`")).collect();
    names.dedup();
    if names.len() > MANY {
        let whole = |name: &String| match name.rsplit_once('[') {
            Some((whole, _)) if whole.contains('[') => format!("`{whole}`"),
            _ => format!("`{name}`"),
        };
        names = coordinates.iter().map(whole).collect();
        names.dedup();
    }
    let left = names.len().saturating_sub(MANY);
    names.truncate(MANY);
    let more = if left > 0 { format!(" and {left} more like these") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn a_name_stands_for_itself_and_what_goes_on_from_it() {
        let all = names(&["means[1][0]", "means[10][0]", "meansquare", "components[1].p", "covariances[..][0][0]"]);
        assert_eq!(Fixed::of(["means[1]"]).mask(&all), [true, false, false, false, false]);
        assert_eq!(Fixed::of(["means", "components[1]"]).mask(&all), [true, true, false, true, false]);
        assert_eq!(Fixed::of(["covariances"]).mask(&all), [false, false, false, false, true]);
    }

    #[test]
    fn what_cannot_be_fixed_is_told_with_the_reason_and_what_can() {
        let all = names(&["weights", "weights", "means[0][0]", "means[1][0]", "covariances"]);
        let refused = |name: &str| Fixed::of([name]).check(&all).unwrap_err();
        let can = "what can: `weights`, `means[0][0]`, `means[1][0]`, `covariances`";
        let part = "no part of `weights` moves alone, so fix all of it or nothing";
        assert_eq!(refused("weights[0]"), format!("`weights[0]` cannot be fixed by itself: {part}; {can}"));
        assert_eq!(refused("mean"), format!("`mean` cannot be fixed; {can}"));
        assert!(Fixed::of(["weights", "means[0]"]).check(&all).is_ok() && Fixed::default().check(&all).is_ok());
        let all = Fixed::of(["weights", "means", "covariances"]).check(&all).unwrap_err();
        assert!(all.starts_with("every parameter is fixed"), "{all}");
    }

    #[test]
    fn of_many_names_the_wholes_are_told() {
        let all: Vec<String> = (0..40).map(|i| format!("probabilities[{}][{}]", i / 10, i % 10)).collect();
        let said = Fixed::of(["p"]).check(&all).unwrap_err();
        let rows = "`probabilities[0]`, `probabilities[1]`, `probabilities[2]`, `probabilities[3]`";
        assert_eq!(said, format!("`p` cannot be fixed; what can: {rows}"));
    }
}
