//! How columns become values: times, days, JSON.

use super::{RegisterError, Result};
use crate::domain::letter::LetterRole;
use crate::domain::post::Validity;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef};
use serde::de::DeserializeOwned;

pub(super) fn timestamp(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_second(row.get(column)?).map_err(|error| damaged(column, Type::Integer, error))
}

pub(super) fn optional_timestamp(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(column)?
        .map(|second| Timestamp::from_second(second).map_err(|error| damaged(column, Type::Integer, error)))
        .transpose()
}

pub(super) fn day(row: &Row<'_>, column: usize) -> rusqlite::Result<Date> {
    row.get::<_, String>(column)?.parse().map_err(|error: jiff::Error| damaged(column, Type::Text, error))
}

pub(super) fn optional_day(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Date>> {
    row.get::<_, Option<String>>(column)?
        .map(|text| text.parse().map_err(|error: jiff::Error| damaged(column, Type::Text, error)))
        .transpose()
}

/// From this column and the next.
pub(super) fn validity(row: &Row<'_>, column: usize) -> rusqlite::Result<Validity> {
    Ok(Validity { from: optional_day(row, column)?, to: optional_day(row, column + 1)? })
}

pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| damaged(column, Type::Text, error))
}

pub(super) fn optional_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<String>>(column)?
        .map(|text| serde_json::from_str(&text).map_err(|error| damaged(column, Type::Text, error)))
        .transpose()
}

impl ToSql for LetterRole {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl FromSql for LetterRole {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        LetterRole::from_name(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

/// A word of one of our own lists, by the list's own reading of it.
pub(super) fn word<T>(row: &Row<'_>, column: usize, read: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    read(&text).ok_or_else(|| damaged(column, Type::Text, RegisterError::Damaged(format!("{text:?} is no word that is known here"))))
}

pub(super) fn optional_word<T>(row: &Row<'_>, column: usize, read: impl Fn(&str) -> Option<T>) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<String>>(column)?.map(|_| word(row, column, read)).transpose()
}

fn damaged(column: usize, kind: Type, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
}

/// Serialising our own plain values cannot fail but for a map with odd keys, of which there are none.
pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(no_json)
}

pub(super) fn no_json(error: serde_json::Error) -> RegisterError {
    RegisterError::Damaged(error.to_string())
}
