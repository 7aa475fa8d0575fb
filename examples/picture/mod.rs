//! What the pictures of several examples share: panels of points and curves as SVG, pixels as PNG.
//!
//! Everything goes to `target/pictures` of the checkout, whatever folder the example runs in.

#![allow(dead_code, unused_imports, reason = "no example needs all of it")]

mod pixels;

pub use pixels::{Pixels, read_png};
pub use plotters::{prelude::SeriesLabelPosition, style::RGBColor};

use em::families::Normal;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::error::Error;
use std::f64::consts::TAU;
use std::ops::Range;
use std::path::PathBuf;

/// Colours that colour-blind people can tell apart (Okabe & Ito 2008).
pub const COLORS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];
pub const GREY: RGBColor = RGBColor(120, 120, 120);
/// The size of a panel in pixels.
const PANEL: (u32, u32) = (640, 480);
/// Places are rounded to one part in so many of a pixel.
const FINE: u32 = 4;
/// Fewer points than this are drawn larger.
const FEW: usize = 30;
/// Corners of an ellipse.
const CORNERS: usize = 90;

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// One picture, or one of several in a grid: layers over each other, the first at the bottom.
pub struct Panel {
    title: String,
    labels: [String; 2],
    layers: Vec<Layer>,
    within: Option<(Range<f64>, Range<f64>)>,
    legend: SeriesLabelPosition,
}

struct Layer {
    name: Option<String>,
    shape: Shape,
    color: RGBColor,
}

enum Shape {
    Points(Vec<(f64, f64)>, Vec<RGBColor>),
    Line(Vec<(f64, f64)>),
    Area(Vec<(f64, f64)>),
}

impl Panel {
    pub fn new(title: impl Into<String>, x: &str, y: &str) -> Self {
        let (labels, legend) = ([x.into(), y.into()], SeriesLabelPosition::LowerRight);
        Panel { title: title.into(), labels, layers: Vec::new(), within: None, legend }
    }

    /// Shows this part of the plane; without it, all that is there.
    pub fn within(mut self, x: Range<f64>, y: Range<f64>) -> Self {
        self.within = Some((x, y));
        self
    }

    /// Puts the legend here rather than at the lower right.
    pub fn legend(mut self, place: SeriesLabelPosition) -> Self {
        self.legend = place;
        self
    }

    /// The last layer is named so in a legend.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.layers.last_mut().expect("a layer to be named").name = Some(name.into());
        self
    }

    pub fn points(self, points: impl IntoIterator<Item = (f64, f64)>, color: RGBColor) -> Self {
        let points: Vec<_> = points.into_iter().collect();
        let colors = vec![color; points.len()];
        self.layer(Shape::Points(points, colors), color)
    }

    /// Points of a colour each.
    pub fn colored(self, points: impl IntoIterator<Item = ((f64, f64), RGBColor)>) -> Self {
        let (points, colors): (Vec<_>, Vec<_>) = points.into_iter().unzip();
        self.layer(Shape::Points(points, colors), GREY)
    }

    pub fn line(self, points: impl IntoIterator<Item = (f64, f64)>, color: RGBColor) -> Self {
        self.layer(Shape::Line(points.into_iter().collect()), color)
    }

    /// The graph of a function over `x`.
    pub fn graph(self, x: Range<f64>, color: RGBColor, f: impl Fn(f64) -> f64) -> Self {
        self.line(steps(x).map(|x| (x, f(x))), color)
    }

    /// What lies between two functions over `x`.
    pub fn band(self, x: Range<f64>, color: RGBColor, between: impl Fn(f64) -> (f64, f64)) -> Self {
        let upper = steps(x.clone()).map(|x| (x, between(x).1));
        let lower: Vec<_> = steps(x).map(|x| (x, between(x).0)).collect();
        self.layer(Shape::Area(upper.chain(lower.into_iter().rev()).collect()), color)
    }

    /// The points of a two-dimensional normal distribution that are so many standard deviations from its mean.
    pub fn ellipse(self, normal: &Normal, deviations: f64, color: RGBColor) -> Self {
        let (mean, l) = (normal.mean(), normal.factor() * deviations);
        let corner = |i: usize| {
            let (sin, cos) = (TAU * i as f64 / CORNERS as f64).sin_cos();
            (mean[0] + l[(0, 0)] * cos, mean[1] + l[(1, 0)] * cos + l[(1, 1)] * sin)
        };
        self.line((0..=CORNERS).map(corner), color)
    }

    fn layer(mut self, shape: Shape, color: RGBColor) -> Self {
        self.layers.push(Layer { name: None, shape, color });
        self
    }

    /// The range of all points in one coordinate, with a margin.
    fn range(&self, of: impl Fn(&(f64, f64)) -> f64) -> Range<f64> {
        let points = self.layers.iter().flat_map(|layer| match &layer.shape {
            Shape::Points(p, _) | Shape::Line(p) | Shape::Area(p) => p,
        });
        let values = points.map(of).filter(|v| v.is_finite());
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
        let margin = 0.05 * (high - low).max(1e-9);
        low - margin..high + margin
    }

    fn draw(&self, area: &DrawingArea<SVGBackend, Shift>) -> Result<(), Box<dyn Error>> {
        let (x, y) = self.within.clone().unwrap_or_else(|| (self.range(|p| p.0), self.range(|p| p.1)));
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, font(22))
            .margin(12 * FINE)
            .x_label_area_size(48 * FINE)
            .y_label_area_size(76 * FINE)
            .build_cartesian_2d(x, y)?;
        self.axes(&mut chart)?;
        self.layers.iter().try_for_each(|layer| layer.draw(&mut chart))?;
        if self.layers.iter().any(|layer| layer.name.is_some()) {
            let mut legend = chart.configure_series_labels();
            legend.border_style(BLACK.mix(0.3).stroke_width(FINE)).background_style(WHITE.mix(0.85));
            legend.margin(8 * FINE).legend_area_size(26 * FINE).label_font(font(17));
            legend.position(self.legend.clone()).draw()?;
        }
        Ok(())
    }

    fn axes(&self, chart: &mut Chart) -> Result<(), Box<dyn Error>> {
        let ([x, y], light) = (&self.labels, BLACK.mix(0.08).stroke_width(FINE));
        let number = |v: &f64| format!("{}", (v * 1e6).round() / 1e6);
        let mut mesh = chart.configure_mesh();
        mesh.max_light_lines(0).bold_line_style(light).axis_style(BLACK.stroke_width(FINE));
        mesh.x_labels(6).y_labels(6).label_style(font(16)).set_all_tick_mark_size(5 * FINE);
        mesh.x_label_formatter(&number).y_label_formatter(&number).axis_desc_style(font(19));
        Ok(mesh.x_desc(x).y_desc(y).draw()?)
    }
}

impl Layer {
    fn draw(&self, chart: &mut Chart) -> Result<(), Box<dyn Error>> {
        let (across, up) = (chart.x_range(), chart.y_range());
        let seen = |p: &(f64, f64)| (across.start..=across.end).contains(&p.0) && (up.start..=up.end).contains(&p.1);
        let (color, f) = (self.color, FINE as i32);
        let series = match &self.shape {
            Shape::Points(points, colors) => {
                let radius = f64::from(FINE) * if points.len() < FEW { 5.0 } else { 3.5 };
                let dot = |(p, c): (&(f64, f64), &RGBColor)| Circle::new(*p, radius, c.mix(0.8).filled());
                chart.draw_series(points.iter().zip(colors).filter(|(p, _)| seen(p)).map(dot))?
            }
            Shape::Line(points) => {
                // What is out of sight parts a line into pieces.
                let pieces = points.split(|p| !seen(p)).filter(|piece| piece.len() > 1);
                let path = |piece: &[(f64, f64)]| PathElement::new(piece.to_vec(), color.stroke_width(2 * FINE));
                chart.draw_series(pieces.map(path))?
            }
            Shape::Area(points) => chart.draw_series([Polygon::new(points.clone(), color.mix(0.2).filled())])?,
        };
        if let Some(name) = &self.name {
            let key = move |(x, y)| Rectangle::new([(x, y - 5 * f), (x + 16 * f, y + 5 * f)], color.filled());
            series.label(name).legend(key);
        }
        Ok(())
    }
}

/// Letters of a size in pixels.
fn font(size: u32) -> (&'static str, u32) {
    ("sans-serif", size * FINE)
}

/// Places for the graph of a function.
fn steps(x: Range<f64>) -> impl DoubleEndedIterator<Item = f64> {
    (0..=300).map(move |i| x.start + (x.end - x.start) * f64::from(i) / 300.0)
}

/// Writes panels as `target/pictures/NAME.svg`, so many beside each other.
pub fn write(name: &str, columns: usize, panels: &[Panel]) -> Result<(), Box<dyn Error>> {
    let rows = panels.len().div_ceil(columns);
    let (width, height) = (PANEL.0 * columns as u32, PANEL.1 * rows as u32);
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, (width * FINE, height * FINE)).into_drawing_area();
    root.fill(&WHITE)?;
    for (panel, area) in panels.iter().zip(root.split_evenly((rows, columns))) {
        panel.draw(&area)?;
    }
    root.present()?;
    drop(root);
    // Drawn large and shown small.
    let size = |w: u32, h: u32| format!("width=\"{w}\" height=\"{h}\" viewBox");
    std::fs::write(
        place(&format!("{name}.svg"))?,
        svg.replacen(&size(width * FINE, height * FINE), &size(width, height), 1),
    )?;
    println!("picture: target/pictures/{name}.svg");
    Ok(())
}

/// The colours of the components in proportion to their responsibilities.
pub fn blend(responsibilities: &[f64]) -> RGBColor {
    let channel = |of: fn(&RGBColor) -> u8| {
        responsibilities.iter().zip(&COLORS).map(|(r, color)| r * f64::from(of(color))).sum::<f64>() as u8
    };
    RGBColor(channel(|c| c.0), channel(|c| c.1), channel(|c| c.2))
}

/// Where a picture of this name goes.
fn place(file: &str) -> Result<PathBuf, Box<dyn Error>> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/pictures"));
    std::fs::create_dir_all(&folder)?;
    Ok(folder.join(file))
}
