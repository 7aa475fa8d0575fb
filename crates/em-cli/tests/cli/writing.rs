//! Writing under every misfortune: afterwards there is the old file or the new one, whole, and nothing beside it.

use crate::common::{Folder, spec};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

const GAUSS: &str = "GaussianMixture(components: 2)";
const OLD: &str = "the old file";

fn folder() -> Folder {
    let folder = Folder::with(&spec(GAUSS, "restarts: 3"));
    folder.write("f.ron", OLD);
    folder
}

/// `em` as a shell runs it after some commands of its own.
fn after(folder: &Folder, first: &str, args: &str) -> Output {
    let line = format!("{first}; exec {} {args}", env!("CARGO_BIN_EXE_em"));
    Command::new("sh").args(["-c", &line]).current_dir(folder.path("")).output().unwrap()
}

fn refused(output: &Output, wanted: &str) {
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), b"".as_slice()), "{err}");
    assert!(err.contains(wanted), "{err}");
}

/// A disk that is full after so many blocks of 512 bytes: writing fails wherever the file may be by then.
#[test]
fn a_disk_that_is_full_at_any_point_leaves_the_old_file() {
    let folder = folder();
    let before = folder.names();
    let fits = |blocks: usize| {
        let full = format!("trap '' XFSZ; ulimit -f {blocks}");
        let output = after(&folder, &full, "fit spec.ron --quiet -o f.ron");
        if output.status.success() {
            return true;
        }
        refused(&output, "f.ron: cannot be written: File too large");
        assert_eq!((folder.read("f.ron").as_str(), folder.names()), (OLD, before.clone()), "after {blocks} blocks");
        false
    };
    let enough = (0..40).find(|blocks| fits(*blocks)).expect("a fit is no longer than that");
    assert!(enough > 3, "{enough}");
    assert_eq!(folder.em(&["score", "f.ron"]).status, 0, "the new file is whole");
    assert_eq!(folder.names(), before);
}

/// The same where the system ends the program amid its writing, as a power cut would.
#[test]
fn what_an_end_amid_writing_leaves_is_cleared_away_by_the_next() {
    let folder = folder();
    let before = folder.names();
    let output = after(&folder, "ulimit -c 0; ulimit -f 2", "fit spec.ron --quiet -o f.ron");
    assert!(output.status.code().is_none(), "a signal ends it");
    assert_eq!(folder.read("f.ron"), OLD);
    assert_eq!(folder.names().len(), before.len() + 1, "a temporary file is left: {:?}", folder.names());
    assert_eq!(folder.em(&["fit", "spec.ron", "--quiet", "-o", "f.ron"]).status, 0);
    assert_eq!((folder.names(), folder.em(&["score", "f.ron"]).status), (before, 0));
}

/// Found out before the fit, not after it.
#[test]
fn a_folder_that_is_read_only_is_told_before_any_work() {
    let folder = folder();
    std::fs::create_dir(folder.path("inner")).unwrap();
    let allow = |name: &str, mode: u32| {
        std::fs::set_permissions(folder.path(name), PermissionsExt::from_mode(mode)).unwrap();
    };
    folder.write("inner/f.ron", OLD);
    allow("inner", 0o555);
    let fit = "fit spec.ron --quiet -o";
    let output = match std::fs::write(folder.path("inner/try"), "") {
        Err(_) => after(&folder, ":", &format!("{fit} inner/new.ron")),
        // Nothing is read-only to the superuser but what the kernel makes up.
        Ok(()) => after(&folder, ":", &format!("{fit} /proc/new.ron")),
    };
    allow("inner", 0o755);
    refused(&output, "new.ron: cannot be written: ");
    assert_eq!(folder.read("inner/f.ron"), OLD);
    for (command, option) in [("predict", "-o"), ("sample", "-n 3 -o"), ("fit", "--checkpoint")] {
        let first = folder.em(&["fit", "spec.ron", "--quiet", "-o", "whole.ron"]);
        assert_eq!(first.status, 0, "{}", first.err);
        let of = if command == "fit" { "spec.ron" } else { "whole.ron" };
        refused(&after(&folder, ":", &format!("{command} {of} {option} /proc/new")), "/proc/new: cannot be written: ");
    }
}

#[test]
fn of_many_writers_at_once_one_wins_and_readers_see_whole_files() {
    let folder = folder();
    folder.json(&["fit", "spec.ron", "--quiet", "-o", "f.ron"]);
    let before = folder.names();
    let begin = |seed: u32| {
        let seed = seed.to_string();
        let args = ["fit", "spec.ron", "--quiet", "-o", "f.ron", "--seed", &seed];
        folder.command(&args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for round in 0..4 {
        let writers: Vec<_> = (0..4).map(|i| begin(4 * round + i)).collect();
        for _ in 0..5 {
            folder.json(&["score", "f.ron", "--quiet"]);
        }
        for writer in writers {
            let left = writer.wait_with_output().unwrap();
            assert_eq!((left.status.code(), left.stderr), (Some(0), Vec::new()));
        }
    }
    assert_eq!((folder.names(), folder.em(&["score", "f.ron"]).status), (before, 0));
}
