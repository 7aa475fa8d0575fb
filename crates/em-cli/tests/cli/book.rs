//! The book: its specs run by its commands, what it shows is what the program prints, and its reference is that of the
//! program.

use crate::common::Folder;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/book/src");
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/data");
/// Set to write the reference of specs anew.
const WRITE: &str = "EM_WRITE_BOOK";

/// A fenced block: its language, and its lines.
type Block<'a> = (&'a str, Vec<&'a str>);

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(language) if !inside => blocks.push((language, Vec::new())),
            None if inside => blocks.last_mut().expect("a block was opened").1.push(line),
            _ => {}
        }
        inside ^= line.starts_with("```");
    }
    blocks
}

/// A folder with the data that specs of the book read.
fn folder_with_data() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("data")).unwrap();
    for entry in std::fs::read_dir(DATA).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.path("data").join(entry.file_name())).unwrap();
    }
    folder
}

/// Every line that is shown comes in this order in what was printed; `⋮` stands for others.
fn shown(page: &str, lines: &[&str], printed: &str) {
    let mut rest = printed.lines().map(str::trim_end);
    for line in lines.iter().filter(|line| **line != "⋮") {
        assert!(rest.any(|printed| printed == line.trim_end()), "{page}: {line:?} is not in\n{printed}");
    }
}

fn try_page(path: &Path) {
    let (name, text) = (path.display().to_string(), std::fs::read_to_string(path).unwrap());
    let folder = folder_with_data();
    let mut printed = None;
    for (language, lines) in blocks(&text) {
        match language {
            "ron" => {
                let file =
                    lines[0].strip_prefix("// ").unwrap_or_else(|| panic!("{name}: a spec begins with its name"));
                std::fs::write(folder.path(file), lines.join("\n")).unwrap();
            }
            "sh" => {
                let mut out = String::new();
                for line in lines {
                    let words: Vec<&str> = line.split_whitespace().collect();
                    assert_eq!(words[0], "em", "{name}: {line}");
                    let ran = folder.em(&words[1..]);
                    assert_eq!(ran.status, 0, "{name}: {line}: {}", ran.err);
                    out += &ran.out;
                }
                printed = Some(out);
            }
            "text" => printed.iter().for_each(|printed| shown(&name, &lines, printed)),
            _ => {}
        }
    }
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    let own = files.into_iter().filter(|path| path.extension().is_some_and(|e| e == "md"));
    own.chain(folders.iter().flat_map(|folder| pages(folder))).collect()
}

#[test]
fn every_page_runs_and_shows_what_is_printed() {
    let all = pages(Path::new(BOOK));
    assert!(all.len() > 10);
    all.iter().filter(|page| !page.ends_with("specs.md")).for_each(|page| try_page(page));
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = std::fs::read_to_string(format!("{BOOK}/SUMMARY.md")).unwrap();
    for page in pages(Path::new(BOOK)) {
        let name = page.strip_prefix(BOOK).unwrap().display().to_string();
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name}");
    }
}

/// What the program says of its models, as a page.
fn reference() -> String {
    let folder = Folder::new();
    let mut page = String::from(
        "# What specs may say\n\nThis page is what `em models NAME` prints: for each model the fields of a spec, the parameters of its fit, and what it\ncan do.\n",
    );
    for line in folder.em(&["models"]).out.lines() {
        let name = line.split_whitespace().next().unwrap();
        let about = folder.em(&["models", name]).out;
        write!(page, "\n## {name}\n\n```text\n{}\n```\n", about.trim_end()).unwrap();
    }
    page
}

#[test]
fn the_reference_of_specs_is_that_of_the_program() {
    let path = format!("{BOOK}/specs.md");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, reference()).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == reference(),
        "docs/book/src/specs.md is old; run this test with {WRITE}=1 and look at what changed"
    );
}
