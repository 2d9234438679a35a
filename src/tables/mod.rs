//! Tables that staff bring: a CSV or XLSX file as rows of text, each with the number by which a person finds it in the file.
//!
//! Knows nothing of what the columns mean; that is for the import. Refuses a file whose rows cannot be told from each other (a header twice, cells
//! beyond the last header, a quotation mark never closed), and names every such place at once.

mod comma;
mod workbook;

use std::fmt;

/// Bytes of a file that is read.
const LARGEST: usize = 64 << 20;
const MOST_ROWS: usize = 500_000;
const MOST_COLUMNS: usize = 1_000;
/// Faults that are listed; a file with more has one cause.
const MOST_FAULTS: usize = 100;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The name of the file, as given.
    pub file: String,
    /// Without blanks around them; none is empty or stands twice.
    pub headers: Vec<String>,
    /// Rows that hold anything, in order.
    pub rows: Vec<Row>,
    /// What a person should know about how the file was read (its charset was a guess).
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// As a person counts in a spreadsheet: the header is row 1 and empty rows count.
    pub number: usize,
    /// As many as there are headers, without blanks around them; dates as `2026-04-30`.
    pub cells: Vec<String>,
}

/// Why a file is no table: every place that is wrong, each with what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct TableError {
    pub file: String,
    pub faults: Vec<Fault>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// As [`Row::number`]; none if the whole file is meant.
    pub row: Option<usize>,
    /// The header, or the column's letters where it has none.
    pub column: Option<String>,
    pub message: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.faults.iter().enumerate() {
            if at > 0 {
                writeln!(formatter)?;
            }
            write!(formatter, "{}", self.file)?;
            if let Some(row) = fault.row {
                write!(formatter, ", row {row}")?;
            }
            if let Some(column) = &fault.column {
                write!(formatter, ", column {column}")?;
            }
            write!(formatter, ": {}", fault.message)?;
        }
        Ok(())
    }
}

/// Reads a table from the bytes of a file: XLSX by its first bytes, otherwise CSV.
///
/// CSV is UTF-8 with or without byte order mark, UTF-16 with one, else windows-1252 (noted in [`Table::notes`]), parted by whichever of `;`, `,`
/// and tab is most frequent in the header line. Of XLSX the first sheet is read.
///
/// # Errors
///
/// Where the file is empty, larger than 64 MiB, of another kind, has too many rows or columns or cannot be read as what it is; or for every header
/// that is empty or stands twice and every row with a cell beyond the last header, the first hundred one by one.
pub fn read_table(bytes: &[u8], file: &str) -> Result<Table, TableError> {
    let fail = |message: &str| Err(TableError { file: file.to_owned(), faults: vec![Fault::of_file(message)] });
    match bytes {
        [] => fail("The file is empty; a table with a header row was expected."),
        _ if bytes.len() > LARGEST => fail(&format!("The file is larger than {} MiB; divide it.", LARGEST >> 20)),
        [b'P', b'K', 3, 4, ..] => workbook::rows(bytes).and_then(|rows| rows.table()).map_err(|faults| error(file, faults)),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            fail("This is an Excel file in the format used until 2003, or one with a password; save it as .xlsx or CSV.")
        }
        [b'%', b'P', b'D', b'F', ..] => fail("This is a PDF; a table as .xlsx or CSV was expected."),
        _ => comma::rows(bytes).and_then(|rows| rows.table()).map_err(|faults| error(file, faults)),
    }
    .map(|table| Table { file: file.to_owned(), ..table })
}

fn error(file: &str, mut faults: Vec<Fault>) -> TableError {
    if faults.len() > MOST_FAULTS {
        let more = faults.len() - MOST_FAULTS;
        faults.truncate(MOST_FAULTS);
        faults.push(Fault::of_file(&format!("There are {more} more faults of this kind.")));
    }
    TableError { file: file.to_owned(), faults }
}

impl Fault {
    fn of_file(message: &str) -> Fault {
        Fault { row: None, column: None, message: message.to_owned() }
    }

    fn at(row: usize, column: usize, message: String) -> Fault {
        Fault { row: Some(row), column: Some(letters(column)), message }
    }
}

/// A spreadsheet's name for a column, counted from 0: A, B, … Z, AA.
fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// Rows as they stand in the file, the header among them, numbers as a person counts.
#[derive(Debug, Default)]
struct Rows {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Rows {
    fn add(&mut self, number: usize, cells: Vec<String>) -> Result<(), Vec<Fault>> {
        if self.rows.len() >= MOST_ROWS {
            return Err(vec![Fault::of_file(&format!("The file has more than {MOST_ROWS} rows; divide it."))]);
        }
        if cells.iter().any(|cell| !cell.is_empty()) {
            self.rows.push(Row { number, cells });
        }
        Ok(())
    }

    /// Takes the first row that holds anything as the header and sets every other against it.
    fn table(self) -> Result<Table, Vec<Fault>> {
        let mut rows = self.rows.into_iter();
        let Some(Row { number: header_row, cells: mut headers }) = rows.next() else {
            return Err(vec![Fault::of_file("The file holds no rows; a table with a header row was expected.")]);
        };
        while headers.last().is_some_and(String::is_empty) {
            headers.pop();
        }
        let mut faults = Vec::new();
        for (column, header) in headers.iter().enumerate() {
            if header.is_empty() {
                faults.push(Fault::at(header_row, column, "The header is empty; every column needs a name.".to_owned()));
            } else if headers.iter().take(column).any(|earlier| earlier.eq_ignore_ascii_case(header)) {
                faults.push(Fault::at(
                    header_row,
                    column,
                    format!("The header \"{header}\" stands twice; each column needs a name of its own."),
                ));
            }
        }
        let width = headers.len();
        let mut kept = Vec::new();
        for mut row in rows {
            if let Some((column, cell)) = row.cells.iter().enumerate().skip(width).find(|(_, cell)| !cell.is_empty()) {
                let cell: String = cell.chars().take(60).collect();
                faults.push(Fault::at(
                    row.number,
                    column,
                    format!("\"{cell}\" stands beyond the last header; {width} columns were expected. A cell that holds the separator must be quoted."),
                ));
            }
            row.cells.resize(width, String::new());
            kept.push(row);
        }
        if faults.is_empty() { Ok(Table { file: String::new(), headers, rows: kept, notes: self.notes }) } else { Err(faults) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};

    fn cells(table: &Table) -> Vec<(usize, Vec<&str>)> {
        table.rows.iter().map(|row| (row.number, row.cells.iter().map(String::as_str).collect())).collect()
    }

    #[test]
    fn a_list_saved_by_a_french_spreadsheet_is_read_as_one_saved_by_an_english_one() {
        let french =
            read_table(b"\xef\xbb\xbfnom;courriel\r\nMinist\xc3\xa8re;a@justice.example\r\n\"Prison; nord\";\r\n", "a.csv").unwrap();
        let english = read_table("nom,courriel\nMinistère,a@justice.example\nPrison; nord,\n".as_bytes(), "a.csv").unwrap();
        assert_eq!(french, english);
        assert_eq!(french.headers, ["nom", "courriel"]);
        assert_eq!(cells(&french), [(2, vec!["Ministère", "a@justice.example"]), (3, vec!["Prison; nord", ""])]);
        assert_eq!(read_table(b"a\tb,c\td\n1\t2\t3\n", "a.tsv").unwrap().headers, ["a", "b,c", "d"]);
    }

    #[test]
    fn rows_are_counted_as_a_person_counts_them() {
        let table = read_table(b"a,b\n1,\"two\nlines\"\n\n\n,\n2,x\n", "a.csv").unwrap();
        assert_eq!(cells(&table), [(2, vec!["1", "two\nlines"]), (6, vec!["2", "x"])]);
        let windows = read_table(b"a,b\r\n1,\"two\nlines\"\r\n\r\n\r\n,\r\n2,x\r\n", "a.csv").unwrap();
        assert_eq!(cells(&windows), cells(&table));
    }

    #[test]
    fn windows_1252_is_read_and_said_so() {
        let table = read_table(b"name\nR\xe9publique\n", "a.csv").unwrap();
        assert_eq!(cells(&table), [(2, vec!["République"])]);
        assert!(table.notes[0].contains("windows-1252"));
    }

    #[test]
    fn every_fault_is_named_with_its_place_at_once() {
        let error = read_table(b"name,,Name\nx,,,\ny,1,2,too much\n", "list.csv").unwrap_err();
        insta::assert_snapshot!(error, @r#"
        list.csv, row 1, column B: The header is empty; every column needs a name.
        list.csv, row 1, column C: The header "Name" stands twice; each column needs a name of its own.
        list.csv, row 3, column D: "too much" stands beyond the last header; 3 columns were expected. A cell that holds the separator must be quoted.
        "#);
        let error = read_table(b"a,b\n1,2\n2,\"never closed\n3,4\n", "list.csv").unwrap_err();
        insta::assert_snapshot!(error, @r#"list.csv, row 3, column B: A quotation mark is opened and never closed."#);
        insta::assert_snapshot!(read_table(b"", "list.csv").unwrap_err(), @"list.csv: The file is empty; a table with a header row was expected.");
        insta::assert_snapshot!(read_table(b"\n\n", "list.csv").unwrap_err(), @"list.csv: The file holds no rows; a table with a header row was expected.");
    }

    fn workbook(sheet: &str) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let files = [
            (
                "_rels/.rels",
                r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
            ),
            (
                "xl/workbook.xml",
                r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Liste" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
            ),
            (
                "xl/_rels/workbook.xml.rels",
                r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
            ),
            (
                "xl/styles.xml",
                r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#,
            ),
            ("xl/worksheets/sheet1.xml", sheet),
        ];
        for (name, content) in files {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn a_workbook_is_read_with_its_dates_and_its_gaps() {
        let table = read_table(
            &workbook(
                r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
                <row r="1"><c r="A1" t="inlineStr"><is><t>reference</t></is></c><c r="B1" t="inlineStr"><is><t>made_on</t></is></c><c r="C1" t="inlineStr"><is><t>note</t></is></c></row>
                <row r="3"><c r="A3" t="inlineStr"><is><t> 2026/1 </t></is></c><c r="B3" s="1"><v>46142</v></c><c r="C3"><v>12</v></c></row>
                <row r="4"><c r="B4" s="1"><v>46142.5</v></c><c r="C4" t="b"><v>1</v></c></row>
                </sheetData></worksheet>"#,
            ),
            "list.xlsx",
        )
        .unwrap();
        assert_eq!(table.headers, ["reference", "made_on", "note"]);
        assert_eq!(cells(&table), [(3, vec!["2026/1", "2026-04-30", "12"]), (4, vec!["", "2026-04-30T12:00:00", "true"])]);
    }

    #[test]
    fn a_cell_in_the_far_corner_of_a_sheet_costs_nothing() {
        let error = read_table(
            &workbook(
                r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>"#,
            ),
            "list.xlsx",
        )
        .unwrap_err();
        insta::assert_snapshot!(error, @"list.xlsx, row 1048576, column XFD: A table has at most 1000 columns.");
    }

    #[test]
    fn what_is_no_table_is_named() {
        insta::assert_snapshot!(read_table(b"%PDF-1.4", "a.csv").unwrap_err(), @"a.csv: This is a PDF; a table as .xlsx or CSV was expected.");
        insta::assert_snapshot!(read_table(b"PK\x03\x04", "a.xlsx").unwrap_err(), @"a.xlsx: The archive is damaged or cut off.");
    }

    #[test]
    fn columns_have_the_letters_of_a_spreadsheet() {
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = read_table(&bytes, "a.csv");
            let _ = read_table(&[b"PK\x03\x04", &bytes[..]].concat(), "a.xlsx");
        }
    }
}
