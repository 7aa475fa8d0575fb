//! Opening what may be read as a table: regular files, and standard input when it is asked for.

use super::ReadError;
use super::read_ahead::ReadAhead;
use em_core::registry::nearest;
use std::fs::{self, File, FileType};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// What users call standard input and standard output.
pub(crate) const STANDARD: &str = "-";
/// Bytes asked of the system at once, which all cores then read.
const BUFFER: usize = 1 << 21;
/// The most files of a folder that are looked through for a similar name.
const MOST_NEIGHBOURS: usize = 1000;

/// A file that is open, and its name in messages.
pub(super) struct Opened {
    pub(super) name: String,
    pub(super) input: Box<dyn BufRead>,
}

/// Opens the file `written`, whose path counts from `folder`; `-` is standard input.
pub(super) fn open(written: &Path, folder: &Path) -> Result<Opened, ReadError> {
    if written.as_os_str() == STANDARD {
        return opened("standard input".into(), io::stdin());
    }
    let (name, file) = (shown(written), regular(written, folder)?);
    if file.metadata().is_ok_and(|m| m.len() <= BUFFER as u64) {
        return Ok(Opened { name, input: Box::new(BufReader::with_capacity(BUFFER, file)) });
    }
    opened(name, file)
}

/// Input that may be long.
fn opened(name: String, input: impl Read + Send + 'static) -> Result<Opened, ReadError> {
    match ReadAhead::new(input, BUFFER) {
        Ok(input) => Ok(Opened { name, input: Box::new(input) }),
        Err(source) => Err(ReadError::Io { file: name, source }),
    }
}

/// Opens a regular file for reading, whose path counts from `folder`.
pub(super) fn regular(written: &Path, folder: &Path) -> Result<File, ReadError> {
    let failed = |source: io::Error| ReadError::Io { file: shown(written), source };
    let denied = |kind| ReadError::Denied { file: shown(written), kind };
    let path = folder.join(written);
    // Looked at before it is opened: opening a pipe waits until somebody writes to it.
    let metadata = fs::metadata(&path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => not_found(written, &path),
        // What is forbidden here is to enter the folder; the file itself has not been asked for.
        io::ErrorKind::PermissionDenied => denied("folder"),
        _ => failed(e),
    })?;
    if !metadata.is_file() {
        return Err(ReadError::NotAFile { file: shown(written), kind: kind(metadata.file_type()) });
    }
    File::open(&path).map_err(|e| match e.kind() {
        io::ErrorKind::PermissionDenied => denied("file"),
        _ => failed(e),
    })
}

/// The bytes of a spec or a fit file, whose path counts from the current folder; at most `most` of them.
pub(crate) fn read_bytes(written: &str, most: usize) -> Result<Vec<u8>, ReadError> {
    let path = Path::new(written);
    let file = || shown(path);
    let opened = regular(path, Path::new("")).map_err(|e| match e {
        ReadError::NotAFile { file, kind } => ReadError::NotText { file, kind },
        other => other,
    })?;
    all_of(opened, file, most)
}

/// The bytes of standard input; at most `most` of them.
pub(crate) fn standard_bytes(most: usize) -> Result<Vec<u8>, ReadError> {
    all_of(io::stdin().lock(), || "standard input".into(), most)
}

fn all_of(input: impl Read, file: impl Fn() -> String, most: usize) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let read = input.take(most as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|source| ReadError::Io { file: file(), source })?;
    if bytes.len() > most { Err(ReadError::TooLong { file: file(), limit: most }) } else { Ok(bytes) }
}

/// A path in messages: as written, with control characters shown and not sent; one that is empty in quotes.
pub(super) fn shown(path: &Path) -> String {
    match path.to_string_lossy().as_ref() {
        "" => "\"\"".into(),
        written => crate::visible::line(written),
    }
}

fn not_found(written: &Path, path: &Path) -> ReadError {
    let file = shown(written);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return ReadError::NoFolder { file, folder: folder.to_string_lossy().into() };
    }
    let looked = (path != written).then(|| path.to_string_lossy().into());
    let neighbour = path.file_name().and_then(|name| neighbour(&name.to_string_lossy(), folder));
    let nearest = neighbour.map(|name| written.with_file_name(name).to_string_lossy().into());
    ReadError::NotFound { file, looked, nearest }
}

/// The file in `folder` whose name is most like `name`.
fn neighbour(name: &str, folder: &Path) -> Option<String> {
    let files = fs::read_dir(folder).ok()?.flatten().take(MOST_NEIGHBOURS);
    let files = files.filter(|f| f.file_type().is_ok_and(|t| !t.is_dir()));
    let mut names: Vec<String> = files.filter_map(|f| f.file_name().into_string().ok()).collect();
    names.sort();
    nearest(name, names.iter().map(String::as_str)).map(String::from)
}

fn kind(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "something else" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(written: &str, folder: &Path) -> String {
        match open(Path::new(written), folder) {
            Ok(_) => "opened".into(),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn a_missing_file_is_named_with_one_like_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("faults.csv"), "x\n1\n").unwrap();
        assert_eq!(message("faults.csv", folder.path()), "opened");
        let looked = folder.path().join("fault.csv");
        let wanted = format!("fault.csv: there is no such file (looked for {looked:?}); did you mean \"faults.csv\"?");
        assert_eq!(message("fault.csv", folder.path()), wanted);
        let absolute = folder.path().join("qqqq");
        let wanted = format!("{}: there is no such file", absolute.display());
        assert_eq!(message(&absolute.to_string_lossy(), Path::new("/elsewhere")), wanted);
        let inner = folder.path().join("data");
        let wanted = format!("data/x.csv: there is no folder {inner:?}; check the path");
        assert_eq!(message("data/x.csv", folder.path()), wanted);
        assert!(message("a\u{1b}[2J.csv", folder.path()).starts_with("a\\u{1b}[2J.csv: there is no such file"));
    }

    #[test]
    fn what_is_not_a_regular_file_is_refused_without_opening_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("d.csv")).unwrap();
        let wanted = |name: &str, kind: &str| {
            format!("{name}: this is {kind}, not a file; name a file, or `-` for standard input")
        };
        assert_eq!(message("d.csv", folder.path()), wanted("d.csv", "a folder"));
        if cfg!(unix) {
            assert_eq!(message("/dev/null", folder.path()), wanted("/dev/null", "a device"));
        }
        assert!(message("a\0b", folder.path()).starts_with("a\\u{0}b: cannot be read: "));
    }
}
