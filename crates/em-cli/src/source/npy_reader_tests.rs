use super::*;
use rand::{RngExt, SeedableRng};
use std::io::Cursor;

/// An NPY file of version 1.0.
fn npy(descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(data);
    bytes
}

fn try_read(bytes: Vec<u8>, missing: &Missing, limits: Limits) -> Result<Table, ReadError> {
    read(Opened { name: "a.npy".into(), input: Box::new(Cursor::new(bytes)) }, missing, limits)
}

fn table(bytes: Vec<u8>) -> Table {
    try_read(bytes, &Missing::Error, Limits::default()).unwrap()
}

fn message(bytes: Vec<u8>) -> String {
    let error = try_read(bytes, &Missing::Error, Limits::default()).unwrap_err().to_string();
    error.strip_prefix("a.npy: ").unwrap().into()
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

#[test]
fn both_orders_of_storage_are_read() {
    let by_row = table(npy("<f8", "False", "(2, 3)", &doubles(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])));
    let by_column = table(npy("<f8", "True", "(2, 3)", &doubles(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0])));
    assert_eq!(by_row, by_column);
    assert_eq!(by_row.names().collect::<Vec<_>>(), ["x0", "x1", "x2"]);
    assert_eq!(by_row.numbers("x1").unwrap(), [2.0, 5.0]);
    let line = table(npy(">i2", "False", "(3,)", &[0, 1, 0, 2, 255, 255]));
    assert_eq!((line.names().count(), line.numbers("x0").unwrap()), (1, &[1.0, 2.0, -1.0][..]));
}

#[test]
fn many_blocks_are_put_together() {
    let n = 3 * BLOCK + 17;
    let values: Vec<f64> = (0..2 * n).map(|i| i as f64).collect();
    let by_row = table(npy("<f8", "False", &format!("({n}, 2)"), &doubles(&values)));
    let wanted: Vec<f64> = (0..n).map(|i| (2 * i + 1) as f64).collect();
    assert_eq!(by_row.numbers("x1").unwrap(), wanted);
    let by_column = table(npy("<f8", "True", &format!("({n}, 2)"), &doubles(&values)));
    assert_eq!(by_column.numbers("x1").unwrap(), &values[n..]);
}

#[test]
fn later_versions_have_longer_lengths() {
    for version in [2, 3] {
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1), }\n";
        let mut bytes = vec![0x93, b'N', b'U', b'M', b'P', b'Y', version, 0];
        bytes.extend((header.len() as u32).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.push(7);
        assert_eq!(table(bytes).numbers("x0").unwrap(), [7.0]);
    }
}

#[test]
fn claims_that_lie_are_refused() {
    let one = npy("<f8", "False", "(1, 1)", &doubles(&[1.0]));
    for cut in 0..one.len() {
        let found = message(one[..cut].to_vec());
        let known =
            ["this is no NPY file", "the file ends within its header", "1 × 1 values of 8 bytes are 8 bytes, but only"];
        assert!(known.iter().any(|k| found.starts_with(k)), "{cut}: {found}");
    }
    let long = [one.clone(), vec![0]].concat();
    assert_eq!(message(long), "more bytes follow than 1 × 1 values of 8 bytes take; the file is damaged");
    let data = doubles(&[1.0]);
    let shape = |shape: &str| message(npy("<f8", "False", shape, &data));
    assert!(shape("(1000000, 100)").ends_with("are 800000000 bytes, but only 8 are there; the file is cut short"));
    assert!(shape("(18446744073709551615, 2)").contains("more than the limit of 1073741824"));
    assert!(shape("(4294967296, 4294967296)").starts_with("the number of columns is 4294967296, more than the limit"));
    assert_eq!(shape("()"), "an array of 0 dimensions is no table; save one of n × d numbers, or of n");
    assert!(shape("(1, 1, 1)").starts_with("an array of 3 dimensions"));
    assert_eq!(shape("(0, 4)"), "the array is 0 × 4: there is nothing in it");
    let mut version = one.clone();
    version[6] = 9;
    assert!(message(version).starts_with("format version 9.0 is not known"));
    let mut header = vec![0x93, b'N', b'U', b'M', b'P', b'Y', 2, 0];
    header.extend(u32::MAX.to_le_bytes());
    assert!(message(header).starts_with("the header claims 4294967295 bytes, more than the limit of 65536"));
}

#[test]
fn values_that_are_no_numbers_have_a_place() {
    let integers: Vec<u8> = [0i64, 1, 2, (1 << 53) + 1].iter().flat_map(|v| v.to_le_bytes()).collect();
    let found = message(npy("<i8", "True", "(2, 2)", &integers));
    assert!(found.starts_with("row 1, column \"x1\": 9007199254740993 is beyond 2^53"), "{found}");
    let found = message(npy("|b1", "False", "(3,)", &[0, 1, 5]));
    assert!(found.starts_with("row 2, column \"x0\": byte 0x05 is no truth value"), "{found}");

    let gaps = npy("<f8", "False", "(3, 2)", &doubles(&[1.0, 2.0, f64::NAN, 4.0, 5.0, f64::INFINITY]));
    let seen = |name: &str, missing: &Missing| {
        let table = try_read(gaps.clone(), missing, Limits::default()).unwrap();
        table.numbers(name).map_err(|e| e.to_string()).unwrap_err()
    };
    assert_eq!(seen("x0", &Missing::Error), "a.npy: row 1, column \"x0\": NaN is not a finite number");
    let drop = Missing::DropRows { markers: Vec::new() };
    assert_eq!(
        seen("x0", &drop),
        "a.npy: row 1, column \"x0\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
    );
    assert_eq!(seen("x1", &drop), "a.npy: row 2, column \"x1\": inf is not a finite number");
}

#[test]
fn arbitrary_bytes_never_panic() {
    let mut rng = rand::rngs::SmallRng::seed_from_u64(7);
    let whole = npy("<f4", "False", "(2, 2)", &[1; 16]);
    for _ in 0..3000 {
        let mut bytes = whole.clone();
        for _ in 0..rng.random_range(1..4) {
            let at = rng.random_range(0..bytes.len());
            bytes[at] = rng.random();
        }
        bytes.truncate(rng.random_range(0..=bytes.len()));
        // Whatever it is, it is a table within the limits or a message.
        let limits = Limits { cells: 1000, ..Limits::default() };
        if let Ok(table) = try_read(bytes, &Missing::Error, limits) {
            assert!(table.rows() * table.names().count() <= 1000);
        }
    }
}

/// Arrays that NumPy wrote, with the numbers that it reads in them: `tests/numpy/arrays.py`.
#[test]
fn numpys_own_files_hold_the_same_numbers_or_are_refused_by_name() {
    let file: serde_json::Value = serde_json::from_str(include_str!("../../tests/numpy/arrays.json")).unwrap();
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    };
    let arrays = file["arrays"].as_array().unwrap();
    assert_eq!(arrays.len(), 11 * 4 + 7 + 14);
    for array in arrays {
        let (name, bytes) = (&array["name"], bytes(array["file"].as_str().unwrap()));
        if let Some(words) = array["refused"].as_str() {
            let found = message(bytes);
            assert!(found.contains(words), "{name}: {found}");
            continue;
        }
        let (table, rows) = (table(bytes), array["rows"].as_array().unwrap());
        assert_eq!(table.rows(), rows.len(), "{name}");
        for (j, column) in table.names().enumerate() {
            let wanted: Vec<f64> = rows.iter().map(|row| row[j].as_f64().unwrap()).collect();
            assert_eq!(table.numbers(column).unwrap(), wanted, "{name}");
        }
        assert_eq!(table.names().count(), rows[0].as_array().unwrap().len(), "{name}");
    }
}
