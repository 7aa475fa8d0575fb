//! K-means, online K-means or K-medoids?
//!
//! Three clouds of points and a few outliers far away. K-means spends a center on the outliers, since it counts squares;
//! online K-means does the same in one pass; medoids, which count distances, do not, and neither does a dissimilarity of the
//! user's own that no outlier can stretch.

mod picture;

use em::prelude::*;
use nalgebra::{DMatrix, DVector};
use picture::{COLORS, GREY, Panel, SeriesLabelPosition};
use std::error::Error;

const N: usize = 20_000;
/// Medoids look at pairs of rows, so they are sought among this many.
const FEW: usize = 1000;
/// As many of them are drawn.
const DRAWN: usize = 300;
const CLOUDS: [[f64; 2]; 3] = [[0.0, 0.0], [6.0, 0.0], [3.0, 5.0]];
const OUTLIERS: [f64; 2] = [30.0, 25.0];

fn draw() -> Result<Rows, Box<dyn Error>> {
    let cloud = |mean: [f64; 2]| Normal::new(mean.to_vec().into(), DMatrix::identity(2, 2));
    let components = CLOUDS.into_iter().chain([OUTLIERS]).map(cloud).collect::<Result<Vec<_>, _>>()?;
    let law = MixtureParams::new(vec![0.33, 0.33, 0.32, 0.02], components)?;
    let (data, _) =
        Mixture::of(4, FullGaussian).sample(&law, &Rows::new(2, vec![0.0; 2 * N])?, &mut Rng::seed_from_u64(1));
    Ok(data)
}

/// The textbook's online K-means: the center nearest to a row moves towards it by 1 / (rows it has seen) (MacQueen 1967;
/// Bishop 2006, eq. 9.5).
fn one_by_one(data: &Rows, start: &Centers) -> Vec<DVector<f64>> {
    let mut centers: Vec<DVector<f64>> = start.rows().iter().map(|c| DVector::from_column_slice(c)).collect();
    let mut seen = vec![1.0; centers.len()];
    for x in (0..data.units()).map(|u| DVector::from_column_slice(data.row(u))) {
        let far = |j: &usize| (&x - &centers[*j]).norm();
        let nearest = (0..centers.len()).min_by(|a, b| far(a).total_cmp(&far(b))).expect("three centers");
        seen[nearest] += 1.0;
        let step = (x - &centers[nearest]) / seen[nearest];
        centers[nearest] += step;
    }
    centers
}

/// How far the nearest of `centers` is from a place.
fn distance<'a>(centers: impl IntoIterator<Item = &'a Vec<f64>>, place: [f64; 2]) -> f64 {
    centers.into_iter().map(|c| (c[0] - place[0]).hypot(c[1] - place[1])).fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = draw()?;
    let model = KMeansModel::means(3);
    let kmeans = Fit::new(&model, &data).restarts(10).seed(1).run()?;
    let inertia = -kmeans.objective();
    println!("K-means: {:.2?}\n  inertia {inertia:.0}, {} passes", kmeans.params.rows(), kmeans.passes);
    // Squares make 2 % of outliers, 35 away, dearer than two clouds in one: one center is theirs.
    assert!(distance(kmeans.params.rows(), OUTLIERS) < 0.5);

    // From three rows far apart, none of them yet a mean of anything.
    let start = model.start_by(StartKind::KMeansPlusPlus, &data, &mut Rng::seed_from_u64(7))?;
    let inertia_of = |centers: Centers| Fit::new(&model, &data).at(centers).map(|at| -at.objective());
    let online =
        Fit::new(&model, &data).algorithm(Stepwise::default()).stop(Rule::MaxIterations(3)).from(start.clone())?;
    let textbook = one_by_one(&data, &start).iter().map(|c| c.as_slice().to_vec()).collect();
    let (batches, rows) = (inertia_of(online.params.clone())?, inertia_of(Centers::new(textbook)?)?);
    println!("online, from inertia {:.0}:", inertia_of(start)?);
    println!("  in batches {batches:.0}, {} passes; row by row {rows:.0}, one pass", online.passes);
    // Centers that miss by their sampling error, some 1/√n, cost next to nothing.
    assert!((batches / inertia - 1.0).abs() < 0.01 && (rows / inertia - 1.0).abs() < 0.01);

    let few = data.select(&(0..FEW).collect::<Vec<_>>());
    let medoids = |data: ComparedRows| Fit::new(&KMedoidsModel::of(3), &data).run();
    let euclidean = medoids(ComparedRows::new(few.clone(), MedoidDissimilarity::Euclidean))?;
    let at_most_4 = |a: &[f64], b: &[f64]| (a[0] - b[0]).hypot(a[1] - b[1]).min(4.0);
    let own = medoids(ComparedRows::new(few.clone(), at_most_4))?;
    for (name, fit) in [("Euclidean", &euclidean), ("at most 4", &own)] {
        println!(
            "K-medoids, {name}: rows {:?} at {:.2?}, total {:.1}",
            fit.params.rows(),
            fit.params.centers(),
            -fit.objective()
        );
        for cloud in CLOUDS {
            // The median of 330 rows of a cloud misses its middle by some 0.07, and rows near it lie 0.1 apart.
            assert!(distance(fit.params.centers(), cloud) < 0.5);
        }
    }

    let places = || (0..DRAWN).map(|u| (few.row(u)[0], few.row(u)[1]));
    let panel = |title: &str, centers: &[Vec<f64>]| {
        let panel = Panel::new(title, "x₁", "x₂").legend(SeriesLabelPosition::LowerRight);
        panel
            .points(places(), GREY)
            .named("rows")
            .points(centers.iter().map(|c| (c[0], c[1])), COLORS[1])
            .named("centers")
    };
    let panels = [panel("K-means", kmeans.params.rows()), panel("K-medoids", euclidean.params.centers())];
    picture::write("clustering", 2, &panels)
}
