//! [`ReadAhead`]: bytes that are fetched while those before them are made numbers of.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Blocks that are on their way: one is read from, one is ready, one is being filled.
const BLOCKS: usize = 3;

/// A reader whose bytes a thread of its own fetches, a block ahead of who asks for them.
pub(super) struct ReadAhead {
    full: Receiver<io::Result<Vec<u8>>>,
    /// Blocks to be filled again.
    empty: SyncSender<Vec<u8>>,
    block: Vec<u8>,
    /// How much of the block is gone.
    gone: usize,
}

impl ReadAhead {
    /// Fetches `size` bytes at a time, or as many as the system gives at once.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(super) fn new(input: impl Read + Send + 'static, size: usize) -> io::Result<Self> {
        let (filled, full) = sync_channel(BLOCKS);
        let (empty, emptied) = sync_channel(BLOCKS);
        thread::Builder::new().name("read ahead".into()).spawn(move || fetch(input, size, &emptied, &filled))?;
        // The last is the one that is read from at first, and is nothing yet.
        for _ in 1..BLOCKS {
            let _ = empty.try_send(Vec::new());
        }
        Ok(ReadAhead { full, empty, block: Vec::new(), gone: 0 })
    }

    /// The next block in the place of one that is used up.
    fn turn(&mut self) -> io::Result<()> {
        self.gone = 0;
        let used = std::mem::take(&mut self.block);
        // Nobody takes it where the thread has come to the end, and has ended.
        let _ = self.empty.try_send(used);
        self.block = self.full.recv().ok().transpose()?.unwrap_or_default();
        Ok(())
    }
}

/// Fills blocks for as long as somebody asks and there is more. After a fault it goes on: whoever asks again is told again.
fn fetch(mut input: impl Read, size: usize, emptied: &Receiver<Vec<u8>>, filled: &SyncSender<io::Result<Vec<u8>>>) {
    while let Ok(mut block) = emptied.recv() {
        block.resize(size, 0);
        let read = input.read(&mut block);
        let at_end = matches!(read, Ok(0));
        let read = read.map(|length| {
            block.truncate(length);
            block
        });
        if filled.send(read).is_err() || at_end {
            break;
        }
    }
}

impl BufRead for ReadAhead {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.gone == self.block.len() {
            self.turn()?;
        }
        Ok(&self.block[self.gone..])
    }

    fn consume(&mut self, amount: usize) {
        self.gone += amount;
    }
}

impl Read for ReadAhead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let length = ready.len().min(buffer.len());
        buffer[..length].copy_from_slice(&ready[..length]);
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_come_in_their_order_whatever_the_blocks() {
        let text: Vec<u8> = (0..10_000_u32).flat_map(|i| format!("{i}\n").into_bytes()).collect();
        for size in [1, 7, 4096, 1 << 20] {
            let mut found = Vec::new();
            let mut ahead = ReadAhead::new(io::Cursor::new(text.clone()), size).unwrap();
            ahead.read_to_end(&mut found).unwrap();
            assert!(found == text, "{size}");
            // The end stays the end.
            assert_eq!(ahead.fill_buf().unwrap(), b"");
            let lines = ReadAhead::new(io::Cursor::new(text.clone()), size).unwrap().lines();
            assert!(lines.enumerate().all(|(i, line)| line.unwrap() == i.to_string()), "{size}");
        }
    }

    /// Three bytes, then faults.
    struct Faulty(u8);

    impl Read for Faulty {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            buffer[0] = self.0;
            if self.0 > 3 { Err(io::ErrorKind::TimedOut.into()) } else { Ok(1) }
        }
    }

    #[test]
    fn a_fault_comes_in_its_place_and_again() {
        let mut ahead = ReadAhead::new(Faulty(0), 8).unwrap();
        let mut byte = [0];
        for wanted in 1..=3 {
            ahead.read_exact(&mut byte).unwrap();
            assert_eq!(byte, [wanted]);
        }
        for _ in 0..10 {
            assert_eq!(ahead.fill_buf().unwrap_err().kind(), io::ErrorKind::TimedOut);
        }
    }

    #[test]
    fn who_stops_reading_leaves_nothing_behind() {
        struct Endless(SyncSender<()>);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                Ok(buffer.len())
            }
        }
        impl Drop for Endless {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        let (ended, wait) = sync_channel(1);
        let mut ahead = ReadAhead::new(Endless(ended), 16).unwrap();
        assert_eq!(ahead.fill_buf().unwrap().len(), 16);
        drop(ahead);
        wait.recv_timeout(std::time::Duration::from_secs(60)).expect("the thread has ended");
    }
}
