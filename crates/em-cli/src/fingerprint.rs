//! Digests: of a table, to know it again; of a text, to know that it is whole.

use em_core::Table;
use em_core::table::Cells;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;

/// Numbers that are digested at once.
const AT_ONCE: usize = 512;

/// Of the names and cells of a table's columns, its weights and its groups; wherever the numbers are, the same.
pub fn of(table: &Table) -> String {
    let mut digest = Sha256::new();
    let mut add = |name: &str, numbers: Sha256| {
        digest.update((name.len() as u64).to_le_bytes());
        digest.update(name);
        digest.update(numbers.finalize());
    };
    let (stored, held): (Vec<&str>, Vec<&str>) = table.numeric_names().partition(|name| is_stored(table, name));
    for (name, numbers) in stored.iter().zip(of_stored(table, &stored)) {
        add(name, numbers);
    }
    let digests: Vec<Sha256> = held.par_iter().map(|n| of_numbers(table.numbers(n).unwrap_or_default())).collect();
    held.iter().zip(digests).for_each(|(name, numbers)| add(name, numbers));
    for name in table.names() {
        if let Ok(Cells::Text(cells)) = table.cells(name) {
            add(name, Sha256::new());
            cells.iter().for_each(|cell| add(cell, Sha256::new()));
        }
    }
    add("", of_numbers(table.weights().unwrap_or_default()));
    if let Some(groups) = table.groups() {
        groups.names().iter().for_each(|name| add(name, Sha256::new()));
        add("", of_numbers(&groups.of_rows().iter().map(|group| *group as f64).collect::<Vec<_>>()));
    }
    hex(&digest.finalize())
}

fn is_stored(table: &Table, name: &str) -> bool {
    matches!(table.cells(name), Ok(Cells::Stored(_)))
}

fn of_numbers(values: &[f64]) -> Sha256 {
    let mut digest = Sha256::new();
    add_numbers(&mut digest, values);
    digest
}

fn add_numbers(digest: &mut Sha256, values: &[f64]) {
    for some in values.chunks(AT_ONCE) {
        let mut bytes = [0; 8 * AT_ONCE];
        bytes.chunks_exact_mut(8).zip(some).for_each(|(bytes, v)| bytes.copy_from_slice(&v.to_le_bytes()));
        digest.update(&bytes[..8 * some.len()]);
    }
}

/// That of each of these columns, which are stored in one place, in one sweep over their rows.
fn of_stored(table: &Table, names: &[&str]) -> Vec<Sha256> {
    let mut digests = vec![Sha256::new(); names.len()];
    let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
    let Some(rows) = table.stored(&names) else { return digests };
    let mut column = Vec::new();
    rows.sweep(|_, numbers| {
        for (j, digest) in digests.iter_mut().enumerate() {
            column.clear();
            column.extend(numbers[j..].iter().step_by(names.len()));
            add_numbers(digest, &column);
        }
        ControlFlow::Continue(())
    });
    digests
}

/// Of a text.
pub fn of_text(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    parts.iter().for_each(|part| digest.update(part));
    hex(&digest.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_known_text() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of_text(&["a", "bc"]), abc);
    }

    #[test]
    fn a_table_is_known_by_names_cells_weights_and_groups() {
        let table = |name: &str, x: f64| Table::from_columns("m", [(name, vec![x, 2.0])]).unwrap();
        let first = of(&table("x", 1.0));
        assert_eq!(first, of(&table("x", 1.0)));
        assert_ne!(first, of(&table("y", 1.0)));
        assert_ne!(first, of(&table("x", 1.0 + f64::EPSILON)));
        let lettered = |letters: [&str; 2]| {
            let mut table = table("x", 1.0);
            table.push("t", Cells::Text(letters.map(String::from).to_vec())).unwrap();
            of(&table)
        };
        assert_ne!(first, lettered(["a", "b"]));
        assert_ne!(lettered(["a", "b"]), lettered(["b", "a"]));
        let grouped = |groups: [f64; 2]| {
            let mut table = Table::from_columns("m", [("x", vec![1.0, 2.0]), ("g", groups.to_vec())]).unwrap();
            table.take_groups("g").unwrap();
            of(&table)
        };
        assert_ne!(first, grouped([1.0, 2.0]));
        assert_ne!(grouped([1.0, 1.0]), grouped([1.0, 2.0]));
        assert_ne!(grouped([1.0, 3.0]), grouped([1.0, 2.0]));
    }
}
