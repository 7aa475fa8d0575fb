use super::*;
use em_core::table::Cells;
use rand::{RngExt, SeedableRng};
use std::io::{self, BufReader, Cursor, Read};

const SMALL: Limits = Limits { field: 8, row: 40, columns: 3, cells: 6 };

fn read_within(text: impl Into<Vec<u8>>, delimiter: u8, limits: Limits) -> Result<Table, ReadError> {
    read(Opened { name: "t.csv".into(), input: Box::new(Cursor::new(text.into())) }, delimiter, &Missing::Error, limits)
}
fn table(text: impl Into<Vec<u8>>) -> Table {
    read_within(text, b',', Limits::default()).unwrap()
}
fn message(text: impl Into<Vec<u8>>) -> String {
    read_within(text, b',', Limits::default()).unwrap_err().to_string()
}
fn small(text: &str) -> String {
    read_within(text, b',', SMALL).unwrap_err().to_string()
}
fn number_message(table: &Table, column: &str) -> String {
    table.numbers(column).unwrap_err().to_string()
}

#[test]
fn line_ends_and_a_byte_order_mark_make_no_difference() {
    let plain = table("x,y\n1,2\n3,4\n");
    assert_eq!(plain.numbers("x").unwrap(), [1.0, 3.0]);
    assert_eq!(plain.source().lines, Lines::Consecutive { first: 2 });
    let same = [
        "x,y\n1,2\n3,4",
        "x,y\r\n1,2\r\n3,4\r\n",
        "\u{feff}x,y\n1,2\n3,4\n",
        "\u{feff}\"x\",\"y\"\n1,\"2\"\n\"3\",4\n\n\r\n",
        "\"x\",y\r\n\"1\",2\r\n3,\"4\"",
    ];
    for text in same {
        assert_eq!(table(text), plain, "{text:?}");
    }
    assert_eq!(read_within("x;y\n1;2\n3;4\n", b';', Limits::default()).unwrap(), plain);
}

#[test]
fn faults_of_cells_name_their_line_and_wait_until_the_column_is_asked_for() {
    let t = table("x,y,kind,late\n1,2,a,\n,nan,b,5\nseven,1,c,6\n");
    assert_eq!(
        number_message(&t, "x"),
        "t.csv: line 3, column \"x\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
    );
    assert_eq!(number_message(&t, "y"), "t.csv: line 3, column \"y\": nan is not a finite number");
    assert_eq!(number_message(&t, "kind"), "t.csv: line 2, column \"kind\": \"a\" is not a number");
    assert_eq!(
        number_message(&t, "late"),
        "t.csv: line 2, column \"late\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
    );
    assert_eq!(t.numeric_names().collect::<Vec<_>>(), ["x", "y", "late"]);
    let t = table("x\n1\n1e999\n");
    assert_eq!(number_message(&t, "x"), "t.csv: line 3, column \"x\": 1e999 is not a finite number");
    let t = table("x\n1\n\u{1b}[2J\n");
    assert_eq!(number_message(&t, "x"), "t.csv: line 3, column \"x\": \"\\u{1b}[2J\" is not a number");
}

#[test]
fn lines_are_right_below_quoted_line_ends() {
    let t = table("\"a\nb\",x\n\"p\nq\",1\r\n\"r\",2\n\"s\r\nt\",3\nu,four");
    assert_eq!(t.source().lines, Lines::Listed(vec![3, 5, 6, 8]));
    assert_eq!(number_message(&t, "x"), "t.csv: line 8, column \"x\": \"four\" is not a number");
    let texts = ["p\nq", "r", "s\r\nt", "u"].map(String::from).to_vec();
    assert_eq!(t.cells("a\nb").unwrap(), &Cells::Text(texts));
    let t = table("\"a\n\nb\",x\n1,2\n");
    assert_eq!(t.source().lines, Lines::Consecutive { first: 4 });
}

#[test]
fn quotes_may_be_doubled_or_stand_within_bare_fields() {
    let t = table("a,b\n\"say \"\"hi\"\"\",5\" pipe\n\"\",\"x,y\"\n");
    assert_eq!(t.cells("a").unwrap(), &Cells::Text(vec!["say \"hi\"".into(), String::new()]));
    assert_eq!(t.cells("b").unwrap(), &Cells::Text(vec!["5\" pipe".into(), "x,y".into()]));
}

#[test]
fn a_blank_line_is_a_missing_value_of_a_single_column_and_a_fault_elsewhere() {
    assert_eq!(message("x,y\n1,2\n\n\n3,4\n"), "t.csv: line 3: the line is empty; remove it");
    assert_eq!(message("\nx,y\n1,2\n"), "t.csv: line 1: the line is empty; remove it");
    let t = table("x\n1\n\n3\n\n\n");
    assert_eq!((t.rows(), t.source().lines.clone()), (3, Lines::Consecutive { first: 2 }));
    assert_eq!(
        number_message(&t, "x"),
        "t.csv: line 3, column \"x\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
    );
    assert_eq!(
        number_message(&table("x\n\r\n3"), "x"),
        "t.csv: line 2, column \"x\": the value is missing; fill it in, or leave out such rows with `missing: DropRows`"
    );
    assert_eq!(table("x\n1\n\"\"\n3\n"), t);
}

#[test]
fn headers_are_checked() {
    let empty = "t.csv: the file is empty; it needs a line with the names of the columns, and rows below it";
    for text in ["", "\u{feff}", "\n\r\n"] {
        assert_eq!(message(text), empty, "{text:?}");
    }
    for text in ["x,y", "x,y\n", "\"x\"\r\n\r\n"] {
        assert_eq!(
            message(text),
            "t.csv: there are no rows below the header; add at least one, or check that this is the right file and a whole one",
            "{text:?}"
        );
    }
    let numbers = "t.csv: line 1: the first line holds only numbers, so it seems to be data; a header line with the names of the columns is needed above it";
    for text in ["1,2.5\n3,4\n", "1,,1\n3,4,5\n", "nan\n1\n"] {
        assert_eq!(message(text), numbers, "{text:?}");
    }
    let unnamed = "t.csv: line 1: column 1 has no name; give it one, or leave the column out (row numbers, perhaps)";
    assert_eq!(message("\"\",\"x\"\n\"1\",2\n"), unnamed);
    assert_eq!(message("\"\"\n1\n"), unnamed);
    let same = "t.csv: line 1: columns 1 and 3 are both called \"x\"; rename one of them";
    assert_eq!(message("x,y,x\n1,2,3\n"), same);
}

#[test]
fn what_the_parser_would_pass_over_is_refused() {
    let ragged = "t.csv: line 3: the number of fields is 3, but 2 in the header; a field that contains the delimiter must stand in quotes";
    assert_eq!(message("x,y\n1,2\n1,2,3\n"), ragged);
    assert!(message("x,y\n\"a\nb\",2\n1\n").starts_with("t.csv: line 4: the number of fields is 1"));
    let open = "t.csv: line 3: the quote that opens here is still open at the end of the file; close it";
    for text in ["x,y\n1,2\n1,\"2\n3,4\n", "x,y\n1,2\n1,\"", "x\n1\n\"2\"\"\n\n"] {
        assert_eq!(message(text), open, "{text:?}");
    }
    let after = "t.csv: line 2: there is text after a closing quote; double the quotes inside a quoted field";
    assert_eq!(message("x\n\"ab\"cd\n"), after);
    assert_eq!(message("x\n\"1\" \n"), after);
    let lone =
        "t.csv: line 2: there is a carriage return without a line feed; save the file with LF or CRLF at line ends";
    for text in ["x\n1\r2\r", "x\n1\r\r\n", "x\n\"1\"\r\"2\"\n", "x\n1\r"] {
        assert_eq!(message(text), lone, "{text:?}");
    }
}

#[test]
fn other_encodings_are_refused() {
    let text = "t.csv: line 2: byte 0xe9 is not UTF-8; save the file as UTF-8 text";
    assert_eq!(message(b"x\ncaf\xe9\n".to_vec()), text);
    assert_eq!(
        message("x\n1\n2\0\n"),
        "t.csv: line 3: there is a NUL byte, as in binary and compressed files; save the file as UTF-8 text"
    );
    assert!(message(b"\xff\xfex\0\n\0".to_vec()).starts_with("t.csv: line 1: there is a NUL byte"));
}

#[test]
fn limits_are_named() {
    let long = "the cell is longer than the limit of 8 bytes; is a quote left open here? If not, raise the limit with `--limit field=N`";
    assert_eq!(small("x,y\n1,123456789\n"), format!("t.csv: line 2, column \"y\": {long}"));
    assert_eq!(small("x,yyyyyyyyy\n1,1\n"), format!("t.csv: line 1, column \"yyyyyyyyy…\": {long}"));
    let long = "the row is longer than the limit of 40 bytes; is a quote left open here? If not, raise the limit with `--limit row=N`";
    let rows = "1,2\n".repeat(20);
    assert_eq!(small(&format!("x,y\n1,2\n1,\"{rows}")), format!("t.csv: line 3: {long}"));
    assert_eq!(small(&format!("x,y\n1,{}", "2".repeat(99))), format!("t.csv: line 2: {long}"));
    let wide = "t.csv: line 1: the number of columns is 4, more than the limit of 3; is this the right file? If so, leave some out, or raise the limit with `--limit columns=N`";
    assert_eq!(small("a,b,c,d\n"), wide);
    let many = "t.csv: line 5: the table has more cells than the limit of 6; leave columns or rows out of the file, or raise the limit with `--limit cells=N`";
    assert_eq!(small(&format!("x,y\n{rows}")), many);
    assert!(read_within("x,y\n1,2\n1,2\n1,2\n", b',', SMALL).is_ok());
    assert!(small("x\n1\n\n\n\n\n\n\n\n\n\n2\n").starts_with("t.csv: line 8: the table has more cells"));
}

#[test]
fn a_file_that_fails_while_it_is_read_says_so() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let input = Box::new(BufReader::new(Cursor::new("x\n1\n").chain(Broken)));
    let error = read(Opened { name: "t.csv".into(), input }, b',', &Missing::Error, SMALL).unwrap_err();
    assert_eq!(error.to_string(), "t.csv: cannot be read: the disk is gone");
    let memory = ReadError::Memory { file: "t.csv".into(), line: 9 }.to_string();
    let wanted = "t.csv: line 9: no memory is left for the rows from here on; leave columns or rows out of the file";
    assert_eq!(memory, wanted);
}

/// Text with every kind of difficulty comes back as it was written.
#[test]
fn what_a_writer_quotes_reads_back() {
    const TEXTS: [&str; 8] = ["a", "", "\"", "x,y", "p\nq", "s\r\nt", "\"\"\n", "é\r"];
    let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(2);
    for _ in 0..500 {
        let rows: Vec<[&str; 2]> = (0..rng.random_range(1..9))
            .map(|_| [TEXTS[rng.random_range(0..8)], TEXTS[rng.random_range(0..8)]])
            .collect();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["x\ny", "z"]).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let t = table(writer.into_inner().unwrap());
        let column = |i: usize| Cells::Text(rows.iter().map(|row| row[i].into()).collect());
        assert_eq!((t.cells("x\ny").unwrap(), t.cells("z").unwrap()), (&column(0), &column(1)));
    }
}

/// Whatever the bytes, there is a table with as many cells as it says, or a message that names the file.
#[test]
fn arbitrary_bytes_never_panic() {
    const BYTES: &[u8] = b"\"\",,\n\n\r\r\n1234567890.-e+xyz na\xef\xbb\xbf\xc3\xa9\0";
    let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(1);
    let mut tables = 0;
    for _ in 0..20_000 {
        let length = rng.random_range(0..40);
        let start: &[u8] = [&b""[..], b"x\n", b"x,y\n1,2\n"][rng.random_range(0..3)];
        let tail = (0..length).map(|_| BYTES[rng.random_range(0..BYTES.len())]);
        let text: Vec<u8> = start.iter().copied().chain(tail).collect();
        let limits = if rng.random() { SMALL } else { Limits::default() };
        match read_within(text, b',', limits) {
            Ok(t) => {
                tables += 1;
                assert!(t.rows() > 0);
                for name in t.names() {
                    let _ = t.numbers(name).map_err(|e| assert!(e.to_string().starts_with("t.csv: line ")));
                }
            }
            Err(e) => assert!(e.to_string().starts_with("t.csv: "), "{e}"),
        }
    }
    assert!(tables > 100, "{tables}");
}

/// What is read ahead is what single rows would have been, places of faults included.
#[test]
fn rows_read_ahead_are_those_read_one_by_one() {
    const PIECES: [&str; 16] = [
        "1,2\n",
        "3.5,-4\n",
        "5e3,6\r\n",
        "7,8\n9,10\n",
        "\n",
        "x,1\n",
        "1,\n",
        "\"1\",2\n",
        "\"a\nb\",3\n",
        "1,2,3\n",
        "nan,1\n",
        "-9,1\n",
        "1\n",
        "1,\"2",
        "2,3",
        "٣,4\n",
    ];
    let mut rng = rand::rngs::SmallRng::seed_from_u64(4);
    let (mut tables, mut faults) = (0, 0);
    for round in 0..3000 {
        let mut text = ["x,y\n", "\u{feff}x,y\r\n", "x\n"][round % 3].to_string();
        for _ in 0..rng.random_range(1..30) {
            // Other rows than plain ones are rare.
            let most = if rng.random_bool(0.1) { PIECES.len() } else { 4 };
            text.push_str(PIECES[rng.random_range(0..most)]);
        }
        let cells = if rng.random() { 30 } else { 1000 };
        let markers = if rng.random() { vec!["-9".to_string()] } else { Vec::new() };
        let missing = if rng.random() { Missing::Error } else { Missing::DropRows { markers } };
        let within = |size: usize| {
            let input = Box::new(BufReader::with_capacity(size, Cursor::new(text.clone().into_bytes())));
            read(Opened { name: "t.csv".into(), input }, b',', &missing, Limits { cells, ..Limits::default() })
        };
        let one_by_one = within(1);
        for size in [7, 40, 1 << 16] {
            // By their words, since a gap is no number and so differs from itself.
            assert_eq!(format!("{:?}", within(size)), format!("{one_by_one:?}"), "{text:?}");
        }
        *(if one_by_one.is_ok() { &mut tables } else { &mut faults }) += 1;
    }
    assert!(tables > 300 && faults > 300, "{tables} and {faults}");
}
