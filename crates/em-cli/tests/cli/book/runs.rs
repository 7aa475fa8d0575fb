//! Specs of the book are run by its commands, and what it shows is what was printed.

use super::{Block, ROOT, book, parts};
use crate::common::Folder;

/// A folder with the data that specs of the book read.
fn folder_with_data() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("data")).unwrap();
    for entry in std::fs::read_dir(format!("{ROOT}/models/data")).unwrap() {
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

/// Writes the specs of a page, runs its commands, and compares what they print.
fn try_page(name: &str, text: &str) {
    let folder = folder_with_data();
    let mut printed = None;
    for Block { language, lines } in parts(text).0 {
        match language {
            "ron" => {
                let comment = lines[0].strip_prefix("// ").and_then(|comment| comment.split([':', ' ']).next());
                let file = comment.unwrap_or_else(|| panic!("{name}: a spec begins with its name"));
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
            "text" => printed.iter().for_each(|printed| shown(name, &lines, printed)),
            _ => {}
        }
    }
}

#[test]
fn every_page_runs_and_shows_what_is_printed() {
    let all = book();
    assert!(all.len() > 10);
    all.iter().filter(|(name, _)| name != "specs.md").for_each(|(name, text)| try_page(name, text));
}

/// Rust of the book is run as documentation of the facade; the page on the kit has a test of its own, `kit_page`.
#[test]
fn every_page_with_rust_is_a_documentation_test() {
    let facade = std::fs::read_to_string(format!("{ROOT}/src/lib.rs")).unwrap();
    let with_rust = book().into_iter().filter(|(_, text)| parts(text).0.iter().any(|block| block.language == "rust"));
    for (name, _) in with_rust.filter(|(name, _)| name != "is_my_model_right.md") {
        let included = format!("#[doc = include_str!(\"../docs/book/src/{name}\")]");
        assert!(facade.contains(&included), "src/lib.rs wants\n{included}");
    }
}
