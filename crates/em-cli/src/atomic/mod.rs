//! Writing a file so that there is always a whole one: the old or the new.

mod temporary;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The most symbolic links followed to a file that does not exist yet; the limit of Linux.
const MOST_LINKS: usize = 40;

/// Why a file could not be written. Whatever stood there before still does.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The path names a folder.
    #[error("{}: this is a folder; name a file in it", path.display())]
    Folder {
        /// The path as given.
        path: PathBuf,
    },
    /// The path is empty.
    #[error("the name of the output is empty; name a file")]
    Nameless,
    /// The system refused.
    #[error("{}: cannot be written: {}{}", path.display(), cause(source), advice(source))]
    Io {
        /// The path as given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "its folder is not there".into(),
        // The words of the kind alone: the temporary file, which the error may name, is nobody's business.
        kind @ (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::PermissionDenied) => {
            kind.to_string()
        }
        _ => error.to_string(),
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "; create the folder first",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; choose another place, or change the permissions"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room, or choose another place",
        _ => "",
    }
}

/// Finds out before the work is done that its result cannot be written: the path is a folder, its own folder is missing,
/// or one of them is protected. Clears away what writers that were killed left beside it.
///
/// # Errors
/// [`WriteError`].
pub fn check(path: &Path) -> Result<(), WriteError> {
    let failed = |source| WriteError::Io { path: path.into(), source };
    match fs::metadata(path) {
        _ if path.as_os_str().is_empty() => Err(WriteError::Nameless),
        Ok(metadata) if metadata.is_dir() => Err(WriteError::Folder { path: path.into() }),
        Ok(metadata) if metadata.is_file() => replaceable(path).and_then(|target| try_out(&target)).map_err(failed),
        // A device or a pipe is not touched before there is something to write.
        Ok(_) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => link_target(path).and_then(|t| try_out(&t)).map_err(failed),
        Err(e) => Err(failed(e)),
    }
}

/// Makes a temporary file for `target` and removes it again.
fn try_out(target: &Path) -> io::Result<()> {
    temporary::clear(folder_of(target));
    temporary::create(folder_of(target)).map(drop)
}

/// Writes `contents` to the file at `path`: all of it, or nothing.
///
/// The contents go to a temporary file in the same folder, which takes the place of the old file once it is safely on
/// the disk. A symbolic link stays and its target is written; permissions stay too. Devices and pipes are written to as
/// they are.
///
/// # Errors
/// [`WriteError`]; the old file is then as it was, and no temporary file is left.
pub fn write(path: &Path, contents: &[u8]) -> Result<(), WriteError> {
    let failed = |source| WriteError::Io { path: path.into(), source };
    match fs::metadata(path) {
        _ if path.as_os_str().is_empty() => Err(WriteError::Nameless),
        Ok(metadata) if metadata.is_dir() => Err(WriteError::Folder { path: path.into() }),
        Ok(metadata) if metadata.is_file() => replace(path, contents, &metadata).map_err(failed),
        Ok(_) => write_through(path, contents).map_err(failed),
        Err(e) if e.kind() == io::ErrorKind::NotFound => create(path, contents).map_err(failed),
        Err(e) => Err(failed(e)),
    }
}

fn replace(path: &Path, contents: &[u8], metadata: &Metadata) -> io::Result<()> {
    let target = replaceable(path)?;
    let file = temporary::create(folder_of(&target))?;
    file.as_file().set_permissions(metadata.permissions())?;
    finish(file, contents, &target)
}

/// The file itself, behind all links. Renaming would also replace one that is protected against writing; opening it tells.
fn replaceable(path: &Path) -> io::Result<PathBuf> {
    let target = fs::canonicalize(path)?;
    OpenOptions::new().append(true).open(&target)?;
    Ok(target)
}

fn create(path: &Path, contents: &[u8]) -> io::Result<()> {
    let target = link_target(path)?;
    finish(temporary::create(folder_of(&target))?, contents, &target)
}

/// A device or a pipe, which nothing can take the place of.
fn write_through(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(contents)?;
    file.flush()
}

fn finish(mut file: NamedTempFile, contents: &[u8], target: &Path) -> io::Result<()> {
    file.write_all(contents)?;
    file.flush()?;
    file.as_file().sync_all()?;
    // On an error the temporary file is dropped, which removes it.
    file.persist(target).map_err(|e| e.error)?;
    sync_folder(folder_of(target));
    Ok(())
}

/// Makes the new name last. The file is whole and in place by now, and not every file system can do this, so that a
/// failure is none of the caller's.
fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder).and_then(|f| f.sync_all());
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Where a path leads that ends at no file: itself, or the end of its symbolic links.
fn link_target(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&target) {
            Ok(next) => target = folder_of(&target).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_created_and_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["out.json"]);
    }

    #[test]
    fn failures_name_the_path_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let message = |path: &Path| write(path, b"x").unwrap_err().to_string();
        assert_eq!(message(&inner), format!("{}: this is a folder; name a file in it", inner.display()));
        let lost = folder.path().join("no/out.json");
        let wanted = format!("{}: cannot be written: its folder is not there; create the folder first", lost.display());
        assert_eq!(message(&lost), wanted);
        assert!(message(&inner.join("a\0b")).contains("cannot be written"));
        let nameless = "the name of the output is empty; name a file";
        assert_eq!(message(Path::new("")), nameless);
        assert_eq!(check(Path::new("")).unwrap_err().to_string(), nameless);
        assert!(write(&folder.path().join("new/"), b"x").is_err());
        assert_eq!(names(folder.path()), ["inner"]);
        assert!(names(&inner).is_empty());
    }

    #[test]
    fn a_failure_half_way_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        fs::write(&path, "old").unwrap();
        let file = temporary::create(folder.path()).unwrap();
        assert!(finish(file, b"new", &folder.path().join("missing/out")).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["out"]);
    }

    #[test]
    fn advice_fits_the_cause() {
        let message = |kind: io::ErrorKind| {
            let error = WriteError::Io { path: "o".into(), source: kind.into() };
            assert!(std::error::Error::source(&error).is_some());
            error.to_string()
        };
        let full = "o: cannot be written: no storage space; make room, or choose another place";
        assert_eq!(message(io::ErrorKind::StorageFull), full);
        let denied = "o: cannot be written: permission denied; choose another place, or change the permissions";
        assert_eq!(message(io::ErrorKind::PermissionDenied), denied);
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{PermissionsExt, symlink};

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        }

        #[test]
        fn permissions_are_those_of_the_old_file_or_of_any_new_one() {
            let folder = tempfile::tempdir().unwrap();
            let (path, plain) = (folder.path().join("out"), folder.path().join("plain"));
            fs::write(&plain, "").unwrap();
            write(&path, b"1").unwrap();
            assert_eq!(mode(&path), mode(&plain));
            fs::set_permissions(&path, fs::Permissions::from_mode(0o646)).unwrap();
            write(&path, b"2").unwrap();
            assert_eq!(mode(&path), 0o646);
        }

        #[test]
        fn links_stay_and_their_target_is_written() {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name);
            fs::create_dir(at("d")).unwrap();
            symlink("d/real", at("link")).unwrap();
            symlink("link", at("link2")).unwrap();
            for contents in ["created", "replaced"] {
                write(&at("link2"), contents.as_bytes()).unwrap();
                assert_eq!(fs::read_to_string(at("d/real")).unwrap(), contents);
            }
            assert_eq!(names(folder.path()), ["d", "link", "link2"]);
            assert_eq!(names(&at("d")), ["real"]);
            symlink("loop", at("loop")).unwrap();
            assert!(write(&at("loop"), b"x").is_err());
        }

        #[test]
        fn devices_are_written_to_and_stay_devices() {
            write(Path::new("/dev/null"), b"x").unwrap();
            assert!(!fs::metadata("/dev/null").unwrap().is_file());
            #[cfg(target_os = "linux")]
            {
                let error = write(Path::new("/dev/full"), b"x").unwrap_err().to_string();
                assert!(error.ends_with("make room, or choose another place"), "{error}");
            }
        }
    }
}
