//! [`SpecFile`]: a spec, read and not yet given its data.

use crate::experiment::Experiment;
use crate::failure::Failure;
use crate::fit_file;
use crate::prepared::{read_table, refuse};
use crate::sealed;
use crate::source::{Limits, STANDARD, read_bytes};
use crate::spec_text::{self, SpecFault, Sweep, Whole};
use em_core::{Rule, Stop, Table};
use std::path::{Path, PathBuf};

/// A spec, read and not yet given its data.
pub struct SpecFile {
    /// The file, as the user wrote it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What it says.
    pub experiment: Experiment,
    /// The text with its shorthands written out.
    pub whole: Whole,
}

impl SpecFile {
    /// Reads the spec `file`.
    ///
    /// # Errors
    /// [`Failure::Read`] and [`Failure::Spec`]; [`Failure::Usage`] for `-` and for a fit.
    pub fn read(file: &str) -> Result<Self, Failure> {
        Self::parse(file, read_text(file)?)
    }

    /// The same of the text of a file, called `file` in messages.
    ///
    /// # Errors
    /// [`Failure::Spec`].
    pub fn parse(file: &str, text: String) -> Result<Self, Failure> {
        let read = spec_text::read(&text);
        Self::checked(file, text, read)
    }

    /// The spec `file` with values of its sweep in their places in the model.
    ///
    /// # Errors
    /// [`Failure::Spec`].
    pub fn of_choice(file: &str, sweep: &Sweep, choice: &[usize]) -> Result<Self, Failure> {
        Self::checked(file, sweep.text(choice), spec_text::read_choice(sweep, choice))
    }

    fn checked(file: &str, text: String, read: Result<(Experiment, Whole), SpecFault>) -> Result<Self, Failure> {
        let (experiment, whole) = read.map_err(|fault| match sealed::is(&text, &fit_file::KIND) {
            true => Failure::Usage(format!("{file}: this is a fit; name the spec that it was made from")),
            false => Failure::Spec { file: file.into(), fault },
        })?;
        check_stop(&experiment.fit.stop).map_err(|message| refuse(file, &whole, &["fit", "stop"], message))?;
        Ok(SpecFile { name: file.into(), text, experiment, whole })
    }

    /// The table that the spec names, or `other`; and the file it was.
    ///
    /// # Errors
    /// [`Failure::Read`].
    pub fn table(&self, other: Option<&str>, limits: Limits) -> Result<(Table, Option<PathBuf>), Failure> {
        let folder = Path::new(&self.name).parent().unwrap_or(Path::new(""));
        read_table(&*self.experiment.data, folder, other, limits)
    }
}

/// The text of a spec file.
///
/// # Errors
/// [`Failure::Usage`] for `-`, [`Failure::Read`] when the file cannot be read, [`Failure::Spec`] when it is no UTF-8.
pub fn read_text(file: &str) -> Result<String, Failure> {
    if file == STANDARD {
        return Err(Failure::Usage("-: a spec is read from a file, not from standard input; name one".into()));
    }
    let bytes = read_bytes(file, spec_text::LONGEST)?;
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let byte = e.as_bytes().get(at).copied().unwrap_or_default();
        // What cannot be read is shown as one replacement character each.
        let text = String::from_utf8_lossy(e.as_bytes()).into_owned();
        let message = format!("byte {byte:#04x} is not UTF-8; save the file as UTF-8 text");
        Failure::Spec { file: file.into(), fault: SpecFault::at(&text, at, message) }
    })
}

fn check_stop(stop: &Stop) -> Result<(), &'static str> {
    match Rule::from(*stop) {
        Rule::Any(rules) if rules.is_empty() => {
            Err("every stopping rule is switched off; give at least one, such as `max_iterations: 1000`")
        }
        _ => Ok(()),
    }
}
