//! The book: what it shows is what the program prints, its links lead somewhere, and what can be generated is.

mod links;
mod runs;
mod written;

use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const BOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/book/src");

/// A fenced block: its language, and its lines.
struct Block<'a> {
    language: &'a str,
    lines: Vec<&'a str>,
}

/// The fenced blocks of a page, and the lines outside of them.
fn parts(page: &str) -> (Vec<Block<'_>>, Vec<&str>) {
    let (mut blocks, mut prose): (Vec<Block>, Vec<&str>) = Default::default();
    let mut inside = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(language) if !inside => blocks.push(Block { language, lines: Vec::new() }),
            None if inside => blocks.last_mut().expect("a block was opened").lines.push(line),
            None => prose.push(line),
            Some(_) => {}
        }
        inside ^= line.starts_with("```");
    }
    (blocks, prose)
}

/// The pages below a folder, each with its text.
fn pages(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    files.retain(|path| path.extension().is_some_and(|e| e == "md"));
    let own = files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()));
    own.chain(folders.iter().flat_map(|folder| pages(folder))).collect()
}

/// The pages of the book by their names, as the summary has them.
fn book() -> Vec<(String, String)> {
    let name = |path: &Path| path.strip_prefix(BOOK).unwrap().to_str().unwrap().replace('\\', "/");
    pages(Path::new(BOOK)).iter().map(|(path, text)| (name(path), text.clone())).collect()
}

/// The examples by their names, with their sources.
fn examples() -> Vec<(String, String)> {
    let files = std::fs::read_dir(format!("{ROOT}/examples")).unwrap().map(|entry| entry.unwrap().path());
    let sources = files.filter(|path| path.extension().is_some_and(|e| e == "rs"));
    let stem = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_string();
    let mut all: Vec<_> = sources.map(|path| (stem(&path), std::fs::read_to_string(path).unwrap())).collect();
    all.sort();
    all
}
