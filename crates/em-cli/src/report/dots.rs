//! Rows of the data as dots, coloured by the parts they belong to.

use super::markup::Markup;
use super::shares::Shares;
use super::svg::Path;
use std::collections::BTreeMap;

/// Colours there are for parts; more parts take them again, and are told apart by their numbers.
const COLOURS: usize = 8;
/// Shares are drawn in so many shades.
const SHADES: f64 = 5.0;

/// The class of a part's colour.
pub(super) fn colour(part: usize) -> String {
    format!("c{}", part % COLOURS)
}

/// Dots at places, each with the row it stands for. A row that belongs to several parts is a dot in the colour of each, as
/// strong as its share.
pub(super) fn dots(places: impl IntoIterator<Item = (usize, (f64, f64))>, shares: Option<&Shares>) -> Markup {
    let mut layers: BTreeMap<(usize, usize), Path> = BTreeMap::new();
    let mut plain = Path::default();
    for (row, (x, y)) in places {
        let Some(shares) = shares else {
            plain.dot(x, y);
            continue;
        };
        for (part, share) in shares.row(row).iter().enumerate() {
            let shade = (share * SHADES).round() as usize;
            if shade > 0 {
                layers.entry((shade, part)).or_default().dot(x, y);
            }
        }
    }
    let layers = layers.into_iter().map(|((shade, part), path)| path.drawn(&format!("dots {} s{shade}", colour(part))));
    Markup::all(std::iter::once(plain.drawn("dots ink s5")).chain(layers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use em_core::Prediction;

    #[test]
    fn a_row_between_two_parts_has_the_colours_of_both() {
        let shares = Shares::of(&Prediction::of_mixture(2, vec![0.96, 0.04, 0.42, 0.58]), 0, 2);
        let text = dots([(0, (1.0, 2.0)), (1, (3.0, 4.0))], shares.as_ref()).into_text();
        let path = |class: &str, d: &str| format!("<path class=\"dots {class}\" d=\"{d}\"/>");
        assert_eq!(text, path("c0 s2", "M3 4h0") + &path("c1 s3", "M3 4h0") + &path("c0 s5", "M1 2h0"));
        assert_eq!(dots([(0, (1.0, 2.0))], None).into_text(), path("ink s5", "M1 2h0"));
    }
}
