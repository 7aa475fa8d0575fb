//! [`SteadyFile`]: a file that must not change while it is read.

use std::fs::File;
use std::io;
use std::time::SystemTime;

/// A file that is read here and there, from several threads, for as long as a fit lasts. That somebody has written to it
/// is found by its length and the time of its last change, at every reading.
///
/// It is read and not mapped into memory: of a mapped file that is cut short the system lets no error be seen, it ends the
/// program; and a map counts against limits on the size of a program, which such files are made to exceed.
#[derive(Debug)]
pub(super) struct SteadyFile {
    file: File,
    length: u64,
    modified: Option<SystemTime>,
}

/// Why it can be read no more.
#[derive(Debug)]
pub(super) enum Unsteady {
    /// It has another length or was written to.
    Changed,
    /// It is shorter than it was.
    Cut,
    /// The system says so.
    System(String),
}

impl SteadyFile {
    /// A file as it is now.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(SteadyFile { length: metadata.len(), modified: metadata.modified().ok(), file })
    }

    /// Its length in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Fills `bytes` with what stands at `offset`.
    pub(super) fn read(&self, offset: u64, bytes: &mut [u8]) -> Result<(), Unsteady> {
        let read = self.read_exact_at(bytes, offset);
        // Only after reading is it known that what was read is what was there.
        self.check()?;
        read.map_err(failed)
    }

    /// Whether it is as it was.
    pub(super) fn check(&self) -> Result<(), Unsteady> {
        let now = self.file.metadata().map_err(failed)?;
        match now.len() {
            length if length < self.length => Err(Unsteady::Cut),
            length if length > self.length || now.modified().ok() != self.modified => Err(Unsteady::Changed),
            _ => Ok(()),
        }
    }

    #[cfg(unix)]
    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, bytes, offset)
    }

    /// Where reading moves a position that all handles share, it is one thread's turn at a time.
    #[cfg(not(unix))]
    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        use std::sync::{Mutex, PoisonError};
        static TURN: Mutex<()> = Mutex::new(());
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(bytes)
    }
}

fn failed(error: io::Error) -> Unsteady {
    Unsteady::System(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::time::Duration;

    #[test]
    fn what_changes_while_it_is_read_is_noticed() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let steady = SteadyFile::new(file.try_clone().unwrap()).unwrap();
        let mut bytes = [0; 3];
        let mut read = |offset| steady.read(offset, &mut bytes).map(|()| bytes);
        assert_eq!((read(4).unwrap(), read(0).unwrap()), (*b"456", *b"012"));
        // Clocks of file systems are coarse, so that two changes in a row may bear one time.
        let before = file.metadata().unwrap().modified().unwrap();
        file.set_modified(before + Duration::from_secs(1)).unwrap();
        assert!(matches!(read(4), Err(Unsteady::Changed)));
        file.set_modified(before).unwrap();
        assert_eq!(read(4).unwrap(), *b"456");
        file.set_len(11).unwrap();
        assert!(matches!(read(4), Err(Unsteady::Changed)));
        file.set_len(5).unwrap();
        assert!(matches!(read(0), Err(Unsteady::Cut)));
        assert!(matches!(read(4), Err(Unsteady::Cut)));
    }
}
