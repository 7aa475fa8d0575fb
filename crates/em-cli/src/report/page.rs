//! The whole page.

use super::densities::densities;
use super::image_shape::ImageShape;
use super::markup::{Markup, style, tag};
use super::profiles::profiles;
use super::regression::regression;
use super::responsibilities::responsibilities;
use super::scatter_matrix::scatter_matrix;
use super::selection::{Selection, selection};
use super::subject::{Scene, Subject};
use super::tables::{folded, table};
use super::trace::trace;
use super::words::{data_table, end, figures, verdict, warnings};

/// A fit as a page; `image` says how its columns make a picture.
pub fn page(subject: &Subject, image: Option<ImageShape>) -> String {
    let title = subject.learnt.model().name;
    whole(title, std::iter::once(head(title, &subject.model())).chain(fit(subject, image)))
}

/// A choice among models as a page, with the chosen fit where there is one.
pub fn selection_page(spec: &str, swept: &Selection, chosen: Option<&Subject>, image: Option<ImageShape>) -> String {
    let title = format!("Models of {}", spec.rsplit(['/', '\\']).next().unwrap_or_default());
    let model = chosen.map(|subject| tag("h2").text(&format!("The chosen model: {}", subject.model())));
    let fit = chosen.into_iter().flat_map(|subject| fit(subject, image));
    whole(&title, [head(&title, ""), selection(swept)].into_iter().chain(model).chain(fit))
}

fn whole(title: &str, body: impl IntoIterator<Item = Markup>) -> String {
    let made = format!(
        "Made by em {}. Everything on this page is in it; it loads nothing and runs nothing.",
        env!("CARGO_PKG_VERSION")
    );
    let foot = tag("footer").around([tag("p").text(&made)]);
    let meta = [
        tag("meta").with("charset", "utf-8").empty(),
        tag("meta").with("name", "viewport").with("content", "width=device-width, initial-scale=1").empty(),
        tag("meta").with("name", "color-scheme").with("content", "light dark").empty(),
        tag("title").text(title),
        style(include_str!("style.css")),
    ];
    let main = tag("main").around(body.into_iter().chain([foot]));
    let html = tag("html").with("lang", "en").around([tag("head").around(meta), tag("body").around([main])]);
    format!("<!DOCTYPE html>\n{}\n", html.into_text())
}

fn head(title: &str, line: &str) -> Markup {
    let line = if line.is_empty() { Markup::default() } else { tag("p").class("model").text(line) };
    tag("header").around([tag("h1").text(title), line])
}

/// The sections of a fit.
fn fit(subject: &Subject, image: Option<ImageShape>) -> Vec<Markup> {
    let scene = Scene::of(subject);
    let result = [tag("p").text(&subject.data_line()), verdict(subject.outcome), figures(subject)];
    let tables: Vec<Markup> = scene.sections().iter().map(table).collect();
    let way = vec![trace(subject.outcome, &subject.objective()), end(subject.outcome)];
    let data =
        vec![table(&data_table(&scene)), folded("The spec", vec![tag("pre").around([Markup::lines(subject.spec)])])];
    let certain = scene.shares.as_ref().is_some_and(|shares| !shares.uncertain);
    let held = subject.experiment.fit.fixed.names().join(", ");
    let held = if held.is_empty() { Markup::default() } else { tag("p").text(&format!("Held fixed: {held}.")) };
    vec![
        tag("section").around(result),
        warnings(subject.outcome.warnings.iter().chain(subject.noticed)),
        section(
            "Data and model",
            vec![scatter_matrix(&scene), densities(&scene), profiles(&scene, image), regression(&scene)],
        ),
        section("Parameters", std::iter::once(held).chain(tables).collect()),
        section(if certain { "Clusters" } else { "Responsibilities" }, vec![responsibilities(&scene)]),
        section("The way to the end", way),
        section("Data", data),
    ]
}

/// A titled section; nothing where nothing is in it.
fn section(title: &str, inner: Vec<Markup>) -> Markup {
    if inner.iter().all(Markup::is_empty) {
        return Markup::default();
    }
    tag("section").around(std::iter::once(tag("h2").text(title)).chain(inner))
}
