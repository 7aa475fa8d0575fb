//! The temporary file that takes the place of another. Its writer holds a lock on it, so that one whose writer was killed
//! can be told from one that is being written.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use tempfile::{Builder, NamedTempFile};

const PREFIX: &str = ".em-";
const SUFFIX: &str = ".tmp";
/// Letters and digits between the two.
const RANDOM: usize = 6;
/// More than chance can ask for.
const MOST_TRIES: usize = 100;

/// A temporary file with the permissions of any new file, created exclusively and locked.
pub(super) fn create(folder: &Path) -> io::Result<NamedTempFile> {
    for _ in 0..MOST_TRIES {
        let file = created(folder)?;
        match file.as_file().try_lock() {
            // One who clears up may have come between: then the file is gone, or about to be.
            Ok(()) if !file.path().exists() => {}
            Err(TryLockError::WouldBlock) => {}
            // A file system without locks is never cleared up.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(io::Error::other("temporary files vanish from this folder"))
}

fn created(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX).rand_bytes(RANDOM);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The system takes away what the user's mask says.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    // Its errors would name the temporary file, which nobody has heard of.
    builder.tempfile_in(folder).map_err(|e| io::Error::from(e.kind()))
}

/// Removes the temporary files in a folder whose writers were killed. What cannot be removed stays: it is nobody's fault
/// who writes there now.
pub(super) fn clear(folder: &Path) {
    let Ok(files) = fs::read_dir(folder) else { return };
    for file in files.flatten() {
        let is_temporary =
            file.file_name().to_str().is_some_and(is_name) && file.file_type().is_ok_and(|t| t.is_file());
        if is_temporary && is_left_behind(&file.path()) {
            let _ = fs::remove_file(file.path());
        }
    }
}

fn is_name(name: &str) -> bool {
    let between = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    between.is_some_and(|b| b.len() == RANDOM && b.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Whether nobody holds its lock.
fn is_left_behind(path: &Path) -> bool {
    let opened: io::Result<File> = OpenOptions::new().append(true).open(path);
    opened.is_ok_and(|file| file.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dead_writers_left_is_removed_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let living = create(folder.path()).unwrap();
        let others = [".em-abc.tmp", ".em-abcdef.txt", "em-abcdef.tmp", ".em-abcde€.tmp"];
        others.iter().for_each(|name| fs::write(at(name), "").unwrap());
        fs::create_dir(at(".em-folder.tmp")).unwrap();
        fs::write(at(".em-A1b2C3.tmp"), "half a fi").unwrap();
        let count = || fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(count(), 7);
        clear(folder.path());
        assert_eq!(count(), 6);
        assert!(!at(".em-A1b2C3.tmp").exists() && living.path().exists());
        // Its writer has died: no lock outlives the file that was opened.
        let (file, path) = living.keep().unwrap();
        drop(file);
        assert!(path.exists());
        clear(folder.path());
        assert!(!path.exists());
        clear(Path::new("/there/is/no/such/folder"));
    }
}
