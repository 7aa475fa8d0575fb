//! Fit files: whole, damaged, foreign, moved.

use crate::common::{Folder, POINTS, spec};

fn fitted(name: &str) -> Folder {
    let folder = Folder::with(&spec("GaussianMixture(components: 2)", "restarts: 2"));
    let ran = folder.em(&["fit", "spec.ron", "-o", name, "--quiet"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    folder
}

/// The refusal of a fit file of these bytes.
fn refusal(folder: &Folder, bytes: impl AsRef<[u8]>) -> String {
    folder.write("bad", bytes);
    let ran = folder.em(&["score", "bad", "--json"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
    ran.err.strip_prefix("error: bad: ").unwrap_or_else(|| panic!("{}", ran.err)).trim_end().into()
}

const DAMAGED: &str = "the file was cut short or changed since it was written (its checksum does not match); fit again";

#[test]
fn both_languages_hold_the_same_fit() {
    let (ron, json) = (fitted("a.fit.ron"), fitted("a.json"));
    assert_eq!(ron.json(&["score", "a.fit.ron"]), json.json(&["score", "a.json"]));
    let document: serde_json::Value = serde_json::from_str(&json.read("a.json")).unwrap();
    let fields: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).take(3).collect();
    assert_eq!(fields, ["format", "version", "checksum"]);
    assert_eq!((&document["format"], &document["version"]), (&"em-fit".into(), &1.into()));
}

#[test]
fn a_file_cut_short_or_changed_anywhere_is_refused() {
    for name in ["a.fit.ron", "a.json"] {
        let folder = fitted(name);
        let whole = folder.read(name).into_bytes();
        for part in 0..40 {
            let found = refusal(&folder, &whole[..whole.len() * part / 40]);
            assert!(found == DAMAGED || found.starts_with("this is no fit file"), "{part}: {found}");
        }
        refusal(&folder, &whole[..whole.len() - 1]);
        for i in 0..60 {
            let mut changed = whole.clone();
            let at = if i < 30 { i * 7 } else { whole.len() * i / 61 };
            // Another digit or letter, so that the text mostly stays well-formed.
            changed[at] = if changed[at] == b'1' { b'2' } else { b'1' };
            refusal(&folder, &changed);
        }
        let longer = [whole.as_slice(), b" "].concat();
        assert_eq!(refusal(&folder, longer), DAMAGED);
    }
}

#[test]
fn foreign_and_newer_files_are_told_apart() {
    let folder = fitted("a.fit.ron");
    let foreign = "this is no fit file; give the file that `em fit` wrote";
    for text in ["", "x,y\n1,2\n", "{}", "(format: \"other\", version: 1)"] {
        assert_eq!(refusal(&folder, text), foreign);
    }
    assert_eq!(refusal(&folder, folder.read("spec.ron")), foreign);
    assert_eq!(refusal(&folder, b"\xff\xfe"), foreign);
    let newer = folder.read("a.fit.ron").replacen("version: 1", "version: 2", 1);
    let wanted = "the fit has format version 2, but this program reads up to 1; use a newer `em`";
    assert_eq!(refusal(&folder, newer), wanted);
    let ran = folder.em(&["score", "a.fit.rom"]);
    let wanted = "error: a.fit.rom: there is no such file; did you mean \"a.fit.ron\"?\n";
    assert_eq!((ran.status, ran.err.as_str()), (2, wanted));
    let ran = folder.em(&["score", "."]);
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (2, "error: .: this is a folder, but a file is wanted here; name a file\n")
    );
}

#[test]
fn data_are_found_wherever_they_lie() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("old")).unwrap();
    std::fs::create_dir(folder.path("old/data")).unwrap();
    folder.write("old/data/points.csv", POINTS);
    let text = spec("GaussianMixture(components: 2)", "restarts: 2").replace("points", "data/points");
    folder.write("old/spec.ron", text);
    let fit = folder.em(&["fit", "old/spec.ron", "-o", "old/a.fit.ron", "--quiet"]);
    assert_eq!(fit.status, 0, "{}", fit.err);
    let score = folder.json(&["score", "old/a.fit.ron"]);
    // Both moved together: found at the same place, seen from the fit file.
    std::fs::rename(folder.path("old"), folder.path("new")).unwrap();
    assert_eq!(folder.json(&["score", "new/a.fit.ron"]), score);
    // The fit alone moved: found where the data were when it was written.
    std::fs::rename(folder.path("new"), folder.path("old")).unwrap();
    std::fs::rename(folder.path("old/a.fit.ron"), folder.path("b.fit.ron")).unwrap();
    assert_eq!(folder.json(&["score", "b.fit.ron"]), score);
    std::fs::remove_dir_all(folder.path("old")).unwrap();
    let gone = folder.em(&["score", "b.fit.ron"]);
    assert_eq!((gone.status, gone.out.as_str()), (2, ""));
    let begins = gone.err.starts_with("error: b.fit.ron: its data are no longer at ");
    assert!(begins && gone.err.ends_with("give them with `--data FILE`\n"), "{}", gone.err);
    folder.write("points.csv", POINTS);
    assert_eq!(folder.json(&["score", "b.fit.ron", "--data", "points.csv"]), score);
}

#[test]
fn changed_data_are_warned_of() {
    let folder = fitted("a.fit.ron");
    folder.write("points.csv", POINTS.replace("12.5", "12.6"));
    let ran = folder.em(&["score", "a.fit.ron"]);
    assert_eq!(ran.status, 0);
    let begins = ran.err.starts_with("warning: ");
    assert!(begins && ran.err.contains("points.csv: the data have changed since the fit; "), "{}", ran.err);
    assert_eq!(folder.em(&["score", "a.fit.ron", "--quiet"]).err, "");
    // Data given by name are meant as they are.
    assert_eq!(folder.em(&["score", "a.fit.ron", "--data", "points.csv"]).err, "");
}
