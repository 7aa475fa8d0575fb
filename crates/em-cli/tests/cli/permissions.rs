//! Files and folders that are not for this user: told before any work is done, with what to do, and nothing is touched.

use crate::common::{Folder, spec};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Who owns nothing, on all systems of this kind.
const NOBODY: u32 = 65534;

/// The program as run by a user whom permissions hold back: to the superuser all is allowed, so that tests which run as
/// such run it as nobody.
struct User<'a> {
    folder: &'a Folder,
    program: PathBuf,
    is_superuser: bool,
}

impl<'a> User<'a> {
    fn of(folder: &'a Folder) -> Self {
        allow(folder, "", 0o777);
        let is_superuser = std::fs::metadata(folder.path("spec.ron")).unwrap().uid() == 0;
        let mut program = PathBuf::from(env!("CARGO_BIN_EXE_em"));
        if is_superuser {
            // Nobody may not look into the folders where it was built, perhaps.
            program = folder.path("em");
            std::fs::copy(env!("CARGO_BIN_EXE_em"), &program).unwrap();
        }
        User { folder, program, is_superuser }
    }

    fn em_in(&self, inner: &str, args: &str) -> Output {
        let mut command = Command::new(&self.program);
        command.args(args.split(' ')).current_dir(self.folder.path(inner));
        if self.is_superuser {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output().expect("the superuser may become nobody")
    }

    fn is_told(&self, args: &str, wanted: &str) {
        told(&self.em_in("", args), args, wanted);
    }
}

fn told(output: &Output, args: &str, wanted: &str) {
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(err, format!("error: {wanted}\n"), "{args}");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), b"".as_slice()), "{args}");
}

fn allow(folder: &Folder, name: &str, mode: u32) {
    std::fs::set_permissions(folder.path(name), PermissionsExt::from_mode(mode)).unwrap();
}

/// With a spec, its data and its fit.
fn folder() -> Folder {
    let folder = Folder::with(&spec("GaussianMixture(components: 2)", "restarts: 3"));
    folder.json(&["fit", "spec.ron", "--quiet", "-o", "whole.ron"]);
    folder
}

#[test]
fn what_may_not_be_read_is_named_with_what_forbids_it() {
    let folder = folder();
    let user = User::of(&folder);
    std::fs::create_dir(folder.path("shut")).unwrap();
    for (from, to) in [("points.csv", "shut/points.csv"), ("spec.ron", "shut/spec.ron")] {
        std::fs::copy(folder.path(from), folder.path(to)).unwrap();
    }
    for (from, to) in [("points.csv", "locked.csv"), ("spec.ron", "locked.ron"), ("whole.ron", "locked.fit.ron")] {
        std::fs::copy(folder.path(from), folder.path(to)).unwrap();
        allow(&folder, to, 0);
    }
    allow(&folder, "shut", 0);
    let before = folder.names();
    let denied = |file: &str, kind: &str| {
        let advice = format!("change the permissions of the {kind}, or name a copy that you may read");
        format!("{file}: cannot be read: permission denied; {advice}")
    };
    for command in ["fit", "check", "bench", "select"] {
        user.is_told(&format!("{command} locked.ron"), &denied("locked.ron", "file"));
        user.is_told(&format!("{command} shut/spec.ron"), &denied("shut/spec.ron", "folder"));
    }
    for command in ["fit spec.ron", "score whole.ron", "predict whole.ron", "report whole.ron -o page.html"] {
        user.is_told(&format!("{command} --data locked.csv"), &denied("locked.csv", "file"));
        user.is_told(&format!("{command} --data shut/points.csv"), &denied("shut/points.csv", "folder"));
        let folder = ".: this is a folder, not a file; name a file, or `-` for standard input";
        user.is_told(&format!("{command} --data ."), folder);
    }
    for command in ["score", "predict", "sample -n 3", "compare", "fit spec.ron --resume"] {
        user.is_told(&format!("{command} locked.fit.ron"), &denied("locked.fit.ron", "file"));
    }
    allow(&folder, "shut", 0o755);
    assert_eq!(folder.names(), before);
}

#[test]
fn where_nothing_may_be_written_is_told_before_any_work() {
    let folder = folder();
    let user = User::of(&folder);
    std::fs::create_dir(folder.path("inner")).unwrap();
    std::fs::copy(folder.path("points.csv"), folder.path("inner/points.csv")).unwrap();
    std::fs::copy(folder.path("spec.ron"), folder.path("inner/spec.ron")).unwrap();
    folder.write("inner/old", "the old file");
    folder.write("old", "the old file");
    allow(&folder, "old", 0o444);
    allow(&folder, "inner", 0o555);
    let before = folder.names();
    let denied = |file: &str| {
        format!("{file}: cannot be written: permission denied; choose another place, or change the permissions")
    };
    for file in ["inner/new", "inner/old", "old"] {
        for command in [
            "fit spec.ron -o",
            "fit spec.ron -o - --report",
            "fit spec.ron -o - --checkpoint",
            "predict whole.ron -o",
            "sample whole.ron -n 3 -o",
            "report whole.ron -o",
        ] {
            user.is_told(&format!("{command} {file}"), &denied(file));
            user.is_told(&format!("{command} inner"), "inner: this is a folder; name a file in it");
        }
    }
    user.is_told("new inner/counts", &denied("inner/counts"));
    // Where nothing else is said, the fit goes to the current folder.
    told(&user.em_in("inner", "fit spec.ron"), "fit spec.ron", &denied("spec.fit.ron"));
    allow(&folder, "inner", 0o755);
    assert_eq!(folder.names(), before);
    assert_eq!(std::fs::read_dir(folder.path("inner")).unwrap().count(), 3, "nothing is left behind");
    assert_eq!([folder.read("old"), folder.read("inner/old")], ["the old file"; 2]);
}
