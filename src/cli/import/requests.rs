//! Requests begun by hand, taken over with what is known of the letter, so that replies link to them.

use super::sheet::{CellFaults, Sheet};
use super::{Import, Taken, has_directory, refuse_doubles};
use crate::office::{AdoptedRow, Adoption};
use crate::tables::Table;
use std::collections::HashMap;

const NEEDED: &[&str] = &["reference", "authority", "sent_on", "deadline"];
const OPTIONAL: &[&str] = &["recipient", "subject", "message_id", "reply_address", "recommendations"];

pub(super) fn import(table: &Table, import: &mut Import) -> Taken {
    let register = &mut import.register;
    let sheet = Sheet::new(table, NEEDED, OPTIONAL);
    let has_directory = has_directory(register, &sheet)?;
    let mut seen = HashMap::new();
    let mut rows = Vec::with_capacity(table.rows.len());
    for line in sheet.lines() {
        let reference = line.needed("reference", "expected the letter's reference or file number");
        if let Some(reference) = &reference {
            refuse_doubles(&mut seen, &line, "reference", reference);
        }
        let authority = line.needed("authority", "expected the name or alias of an authority");
        if let Some(name) = &authority
            && has_directory
            && register.authority_named(name)?.is_none()
        {
            line.fault("authority", name, "expected the name or alias of an authority in the register; import it first");
        }
        let (sent_on, deadline) = (line.needed_day("sent_on"), line.needed_day("deadline"));
        if let (Some(sent_on), Some(deadline)) = (sent_on, deadline)
            && deadline < sent_on
        {
            line.fault("deadline", &deadline.to_string(), format!("expected a day not before it was sent, {sent_on}"));
        }
        let message_id = line.read("message_id", "expected a Message-ID as in 1234@office.example", |text| {
            let bare = text.trim_start_matches('<').trim_end_matches('>');
            (bare.contains('@') && !bare.contains(char::is_whitespace)).then(|| bare.to_owned())
        });
        let recommendations = line.list("recommendations");
        for recommendation in &recommendations {
            if register.recommendation(recommendation)?.is_none() {
                line.fault("recommendations", recommendation, "expected references of recommendations in the register; import them first");
            }
        }
        if let (Some(reference), Some(authority), Some(sent_on), Some(deadline)) = (reference, authority, sent_on, deadline) {
            let (recipient, reply_address) = (line.address("recipient"), line.address("reply_address"));
            let subject = line.text("subject");
            let row =
                AdoptedRow { reference, authority, recipient, subject, sent_on, deadline, message_id, reply_address, recommendations };
            if register.adoption(&row)? == Adoption::Contradicted {
                line.fault("reference", &row.reference, "expected the authority and the dates under which the register has it already");
            }
            rows.push(row);
        }
    }
    let faults = sheet.faults();
    if !faults.is_empty() {
        return Ok(Err(CellFaults(faults)));
    }
    Ok(Ok(register.adopt_requests(&rows, &import.actor, import.now, import.dry_run)?))
}
