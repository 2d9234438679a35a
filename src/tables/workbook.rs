//! Rows of the first sheet of an XLSX workbook, cell by cell: never as a rectangle, which one cell in a far corner would blow up.
//!
//! calamine knows dates from numbers by the cell's style. The archive is unpacked once before, within bounds, since calamine has none.

use super::{Fault, MOST_COLUMNS, Rows};
use crate::mail::attachments::packed::Archive;
use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use std::io::Cursor;

/// The rows of the first sheet with the numbers that they have there; dates as `2026-04-30`.
///
/// # Errors
///
/// Where the archive cannot be unpacked within bounds or is no workbook with a sheet; and at the first cell beyond 1 000 columns or whose formula
/// gives an error; or where there are more than 500 000 rows.
pub fn rows(bytes: &[u8]) -> Result<Rows, Vec<Fault>> {
    let whole = |message: String| vec![Fault::of_file(&message)];
    let mut archive = Archive::open(bytes).map_err(|refused| whole(refused.to_string()))?;
    for entry in archive.entries.clone() {
        archive.read(&entry).map_err(|refused| whole(refused.to_string()))?;
    }
    let no_workbook = |error: calamine::XlsxError| {
        vec![Fault::of_file(&format!("This is no workbook that can be read ({error}); save it as .xlsx or CSV."))]
    };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(no_workbook)?;
    let Some(sheet) = workbook.sheet_names().into_iter().next() else {
        return Err(whole("The workbook has no sheet.".to_owned()));
    };
    let mut rows = Rows::default();
    let mut reader = workbook.worksheet_cells_reader(&sheet).map_err(no_workbook)?;
    let mut number = 0;
    let mut cells: Vec<String> = Vec::new();
    while let Some(cell) = reader.next_cell().map_err(no_workbook)? {
        let (row, column) = cell.get_position();
        let row = row as usize + 1;
        let column = column as usize;
        if column >= MOST_COLUMNS {
            return Err(vec![Fault::at(row, column, format!("A table has at most {MOST_COLUMNS} columns."))]);
        }
        if row != number {
            rows.add(number, std::mem::take(&mut cells))?;
            number = row;
        }
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        if let Some(place) = cells.get_mut(column) {
            *place = text(cell.get_value()).map_err(|message| vec![Fault::at(row, column, message)])?;
        }
    }
    rows.add(number, cells)?;
    Ok(rows)
}

/// A cell as text: whole numbers without a decimal point, dates as ISO 8601, what a formula failed to give as a fault.
fn text(value: &DataRef<'_>) -> Result<String, String> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(moment) => date(moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => return Err(format!("The formula in this cell gives an error ({error}).")),
    })
}

fn date(moment: &ExcelDateTime) -> String {
    // calamine computes dates of the years 1900 to 9999; what is outside stays the number it is.
    if moment.is_duration() || !(0.0..2_958_466.0).contains(&moment.as_f64()) {
        return moment.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}
