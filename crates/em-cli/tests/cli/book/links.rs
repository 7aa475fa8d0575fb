//! Links of the book and of the pages around it: files, sections, pictures.

use super::{BOOK, ROOT, book, examples, pages, parts};
use std::path::{Path, PathBuf};

/// Pages beside the book, from the root.
const OTHERS: [&str; 10] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/design.md",
    "docs/speed.md",
    "examples/README.md",
    "models/README.md",
    "fuzz/README.md",
    "tests/reference/README.md",
    "benches/peers/README.md",
];

/// What the links and pictures in the prose of a page point at.
fn targets(text: &str) -> Vec<String> {
    let prose = parts(text).1.join("\n");
    prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(String::from).collect()
}

/// The names that sections get in addresses: words in small letters with `-` between them.
fn sections(text: &str) -> Vec<String> {
    let titles = parts(text).1.into_iter().filter(|line| line.starts_with('#'));
    let letter = |c: char| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || matches!(c, '_' | '-') => Some(c),
        _ => None,
    };
    titles.map(|line| line.trim_start_matches('#').trim().to_lowercase().chars().filter_map(letter).collect()).collect()
}

/// Why a link of the page at `path` leads nowhere; `within` is the folder that it must not leave.
fn fault(path: &Path, text: &str, target: &str, within: Option<&Path>) -> Option<String> {
    if target.starts_with("https://") {
        return None;
    }
    let (file, section) = target.split_once('#').unwrap_or((target, ""));
    let there = if file.is_empty() { path.to_path_buf() } else { path.parent().unwrap().join(file) };
    let Ok(there) = there.canonicalize() else { return Some("there is no such file".into()) };
    if within.is_some_and(|folder| !there.starts_with(folder)) {
        return Some("it is outside of the book, where its reader cannot follow".into());
    }
    let text =
        if there.is_file() && !file.is_empty() { std::fs::read_to_string(&there).ok() } else { Some(text.into()) };
    let missing = !section.is_empty() && !text.is_some_and(|text| sections(&text).iter().any(|s| s == section));
    missing.then(|| "there is no such section".into())
}

fn faults(pages: &[(PathBuf, String)], within: Option<&Path>) -> Vec<String> {
    let of_page = |(path, text): &(PathBuf, String)| {
        let bad = targets(text).into_iter().filter_map(|t| fault(path, text, &t, within).map(|why| (t, why)));
        bad.map(|(target, why)| format!("{}: {target}: {why}", path.display())).collect::<Vec<_>>()
    };
    pages.iter().flat_map(of_page).collect()
}

#[test]
fn every_link_of_the_book_leads_to_a_page_section_or_picture_of_it() {
    let all = pages(Path::new(BOOK));
    assert!(all.iter().map(|(_, text)| targets(text).len()).sum::<usize>() > 50);
    let faults = faults(&all, Some(&Path::new(BOOK).canonicalize().unwrap()));
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_link_of_other_pages_leads_somewhere() {
    let read = |page: &str| {
        let path = Path::new(ROOT).join(page);
        (path.clone(), std::fs::read_to_string(path).unwrap())
    };
    let faults = faults(&OTHERS.map(read), None);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_path_that_the_layout_names_is_there() {
    let page = std::fs::read_to_string(format!("{BOOK}/layout.md")).unwrap();
    let prose = parts(&page).1.join("\n");
    let named: Vec<&str> = prose.split('`').skip(1).step_by(2).filter(|name| name.contains('/')).collect();
    let missing: Vec<_> = named.iter().filter(|path| !Path::new(ROOT).join(path).exists()).collect();
    assert!(named.len() > 15 && missing.is_empty(), "{missing:?}");
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let page = Path::new(BOOK).join("introduction.md");
    let text = "# A title, and *more*\n[a](tutorial.md#no-such-section) [b](#a-title-and-more) [c](nowhere.md) [d](../book.toml)";
    let book = Path::new(BOOK).canonicalize().unwrap();
    let found: Vec<_> = targets(text).iter().map(|t| fault(&page, text, t, Some(&book)).is_some()).collect();
    assert_eq!(found, [true, false, true, true]);
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = std::fs::read_to_string(format!("{BOOK}/SUMMARY.md")).unwrap();
    for (name, _) in book().iter().filter(|(name, _)| name != "SUMMARY.md") {
        assert!(summary.contains(&format!("({name})")), "{name}");
    }
}

/// A picture is drawn by the example that names it, and shown on some page.
#[test]
fn every_picture_comes_from_an_example() {
    let shown: String = book().into_iter().map(|(_, text)| text).collect();
    let pictures: Vec<_> = std::fs::read_dir(format!("{BOOK}/pictures")).unwrap().map(|e| e.unwrap().path()).collect();
    assert!(pictures.len() > 3);
    for picture in pictures {
        let (file, stem) =
            (picture.file_name().unwrap().to_str().unwrap(), picture.file_stem().unwrap().to_str().unwrap());
        let drawn = examples().iter().any(|(_, source)| source.contains(&format!("\"{stem}\"")));
        assert!(drawn && shown.contains(&format!("pictures/{file})")), "{file}");
    }
}
