//! `demarche requests open --preview`: the letters as they would be written, before anything is opened.

use super::output;
use super::place::Place;
use super::requests::as_json;
use super::written_letter::WrittenLetter;
use crate::daemon::previewing::Preview;
use crate::domain::asking::RequestSelection;
use crate::office::Opening;
use serde_json::json;
use std::process::ExitCode;

/// Shows each first letter that would be written. A failure if one cannot be.
///
/// # Errors
///
/// Faulty templates; as [`Place::workspace_and_register`]; refused while the register is behind the world.
pub fn preview(place: &Place, json_wanted: bool, selection: &RequestSelection, opening: &Opening) -> anyhow::Result<ExitCode> {
    let (workspace, mut register, now) = place.workspace_and_register()?;
    let preview = Preview::open(&workspace).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", faults.join("\n"))
    })?;
    let mut written = Vec::new();
    register.try_requests(selection, opening, &place.actor(), now, |reader, id, request| {
        written.push((as_json(request), preview.letter(reader, id, request.written_at)));
    })?;
    let faults = written.iter().filter(|(_, letter)| letter.is_err()).count();
    let code = if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    let can_be = output::counted(written.len() - faults, "letter", "letters");
    if json_wanted {
        let letters = written.iter().map(|(request, letter)| {
            json!({ "request": request, "letter": letter.as_ref().ok().map(|bytes| WrittenLetter::of(bytes)), "fault": letter.as_ref().err() })
        });
        output::print_json(&letters.collect::<Vec<_>>())?;
        return Ok(code);
    }
    for (request, letter) in written {
        match letter {
            Ok(bytes) => WrittenLetter::of(&bytes).print(),
            Err(fault) => {
                output::paragraph(&format!("{} cannot be written: {fault}", request["reference"].as_str().unwrap_or_default()), 0)
            }
        }
        println!("\n{}\n", "-".repeat(72));
    }
    let cannot = if faults == 0 { String::new() } else { format!(", {faults} cannot be") };
    println!("{can_be} would be written{cannot}; nothing was changed.");
    Ok(code)
}
