//! Pages that are made from the program and the examples, and that pages by hand leave nothing out.

use super::{BOOK, ROOT, book, examples};
use crate::common::Folder;
use em_cli::experiment::Fitting;
use em_core::{ShortRuns, Stop, registry};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Set to write the pages anew.
const WRITE: &str = "EM_WRITE_BOOK";

/// Compares a page with what it should be, or writes it.
fn compare(name: &str, wanted: &str) {
    let path = format!("{BOOK}/{name}");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, wanted).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == wanted, "docs/book/src/{name} is old; run this test with {WRITE}=1 and look at what changed");
}

/// The names in the first column of what `em models` prints.
fn models(folder: &Folder) -> Vec<String> {
    let list = folder.em(&["models"]).out;
    list.lines().filter_map(|line| line.split_whitespace().next().map(String::from)).collect()
}

/// A table of these keys of a list of objects, as Markdown; names are set as code.
fn table(heads: &str, rows: &Value, keys: &[&str]) -> String {
    let cell = |row: &Value, key: &str| {
        let text = row[key].as_str().unwrap_or("required").replace('|', "\\|");
        if key == "name" { format!("`{text}`") } else { text }
    };
    let line = |row: &Value| keys.iter().map(|key| cell(row, key)).collect::<Vec<_>>().join(" | ");
    let rows: String = rows.as_array().unwrap().iter().map(|row| format!("| {} |\n", line(row))).collect();
    format!("\n{heads}\n|{}\n{rows}", "---|".repeat(keys.len()))
}

/// What `em models NAME` says of capabilities: the name of each, and what it unlocks.
fn capabilities(about: &str) -> Vec<(String, String)> {
    let lines = about.lines().skip_while(|line| *line != "Capabilities").skip(1).take_while(|line| !line.is_empty());
    lines.filter_map(|line| line.trim().split_once(' ')).map(|(name, text)| (name.into(), text.trim().into())).collect()
}

#[test]
fn the_fields_of_every_model_are_what_the_program_says() {
    let folder = Folder::new();
    let mut page = String::from(
        "# The fields of every model\n\nThis page is made of what `em models NAME` prints: for each model the fields of a spec, the parameters of its fit (k components,\nd columns), and what it can do. What a spec says besides is in [Writing a spec](spec.md).\n",
    );
    let mut unlocked = BTreeMap::new();
    for name in models(&folder) {
        let about = folder.json(&["models", &name]);
        let offers = capabilities(&folder.em(&["models", &name]).out);
        write!(page, "\n## {name}\n\n{}\n", about["summary"].as_str().unwrap()).unwrap();
        page += &table("| field | values | default | |", &about["fields"], &["name", "values", "default", "text"]);
        page += &table("| parameter | shape | |", &about["parameters"], &["name", "shape", "text"]);
        let names: Vec<String> = offers.iter().map(|(name, _)| format!("`{name}`")).collect();
        write!(page, "\nIt offers {}.\n\n```ron\n{}\n```\n", names.join(", "), about["example"].as_str().unwrap())
            .unwrap();
        unlocked.extend(offers);
    }
    page += "\n## What a capability unlocks\n\n| capability | |\n|---|---|\n";
    unlocked.iter().for_each(|(name, text)| writeln!(page, "| `{name}` | {text} |").unwrap());
    compare("specs.md", &page);
}

/// The question is the first line of the source; pictures are those of the book that the source names.
#[test]
fn every_example_has_a_page_with_its_source() {
    let mut pictures: Vec<String> = std::fs::read_dir(format!("{BOOK}/pictures"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pictures.sort();
    for (name, source) in examples() {
        let question = source.lines().next().and_then(|line| line.strip_prefix("//! ")).expect("a question");
        let mut page = format!("# {question}\n\n`examples/{name}.rs`, run by `cargo run --example {name}`.\n");
        for file in pictures.iter().filter(|file| source.contains(&format!("\"{}\"", file.split('.').next().unwrap())))
        {
            write!(page, "\n![{question}](../pictures/{file})\n").unwrap();
        }
        write!(page, "\n```rust,ignore\n{{{{#include ../../../../examples/{name}.rs}}}}\n```\n").unwrap();
        compare(&format!("examples/{name}.md"), &page);
    }
}

/// The tables of `examples/README.md`, with links to the pages.
#[test]
fn the_list_of_examples_is_that_of_their_folder() {
    let readme = std::fs::read_to_string(format!("{ROOT}/examples/README.md")).unwrap();
    let (begin, end) = (readme.find("\n## ").unwrap(), readme.find("\n[`picture/`]").unwrap());
    let tables = readme[begin..end].replace(".rs)", ".md)");
    for (name, _) in examples() {
        assert!(tables.contains(&format!("[`{name}`]({name}.md)")), "examples/README.md wants {name}");
    }
    let intro = "Questions of a course on EM, each answered by one file that is read from top to bottom in a minute or two, and that asserts\nwhat it finds.";
    compare("examples/README.md", &format!("# The examples\n\n{intro}\n{}\n", tables.trim_end()));
}

#[test]
fn every_model_has_a_page() {
    let pages: Vec<String> =
        book().into_iter().filter(|(name, _)| name.starts_with("families/")).map(|(_, text)| text).collect();
    for name in models(&Folder::new()) {
        assert!(pages.iter().any(|text| text.contains(&format!("model: {name}("))), "no page has a spec of {name}");
    }
}

/// The keys of a setting, as a spec may name them.
fn keys(settings: impl serde::Serialize) -> Vec<String> {
    let value = serde_json::to_value(settings).unwrap();
    value.as_object().expect("settings have names").keys().cloned().collect()
}

#[test]
fn no_setting_and_no_algorithm_is_left_out() {
    let page = |name: &str| std::fs::read_to_string(format!("{BOOK}/{name}")).unwrap();
    let (spec, algorithms) = (page("spec.md"), page("algorithms.md"));
    let fitting = Fitting { short_runs: Some(ShortRuns::default()), ..Fitting::default() };
    for key in [keys(fitting), keys(Stop::default())].concat() {
        assert!(spec.contains(&format!("| `{key}` |")), "spec.md wants {key}");
    }
    for algorithm in registry::algorithms() {
        assert!(algorithms.contains(&format!("\n| `{}` |", algorithm.name())), "{}", algorithm.name());
    }
}
