//! [`Signals`]: what happens when somebody asks the program to end.

use em_core::Interrupt;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The exit status when a second signal ends the program at once: that of a shell for Ctrl-C.
const ENDED: i32 = 130;

/// Whether the program catches signals; one that is part of another program must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signals {
    /// Interrupt and termination signals end a fit with the best state it has.
    Caught,
    /// They do what they do elsewhere.
    Left,
}

impl Signals {
    /// The interrupt that the first signal from now on raises; a second one ends the program at once.
    pub fn interrupt(self) -> Interrupt {
        let interrupt = Interrupt::default();
        if self == Signals::Caught {
            for signal in [SIGINT, SIGTERM] {
                // In this order the first signal finds the flag down and passes. Where none can be caught, they do what they
                // do elsewhere.
                let _ = flag::register_conditional_shutdown(signal, ENDED, interrupt.flag());
                let _ = flag::register(signal, interrupt.flag());
            }
        }
        interrupt
    }
}
