//! The program from outside: every command, run as a user runs it. One binary, so that it is linked once.

mod bad_data;
mod bad_families;
mod bad_specs;
mod bench;
mod book;
mod certificate;
mod check_model;
mod checkpoints;
mod common;
mod compare;
mod concomitant;
mod counts;
mod failing_fits;
mod fit_files;
mod fixed;
mod groups;
#[cfg(unix)]
mod kills;
mod kmedoids;
mod labels_start;
mod new;
mod on_disk;
#[cfg(unix)]
mod permissions;
mod pipes;
mod priors;
mod regression_terms;
mod reports;
mod results;
mod sample;
mod select;
#[cfg(unix)]
mod signals;
mod stored;
mod tables;
mod usage;
#[cfg(unix)]
mod writing;
