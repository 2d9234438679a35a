//! The register, and the directory in it: can every authority be written to, and is somebody responsible for it?

use super::Finding;
use crate::cli::vacant_levels::{authorities_counted, listed, told};
use crate::config::Workspace;
use crate::domain::authority::{Authority, name_key};
use crate::domain::rules::day_in;
use crate::domain::staff::Responsibility;
use crate::register::Reader;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::sync::Arc;

const PART: &str = "directory";

/// Looks into the register; gives the languages in which letters are written.
pub(super) fn look(workspace: &Workspace, now: Timestamp, findings: &mut Vec<Finding>) -> BTreeSet<String> {
    let mut languages = BTreeSet::from([workspace.rules.language.clone()]);
    let path = &workspace.register_path;
    if !path.is_file() {
        let mend = "restore it from the back-up; to begin anew, make a workspace with a secret of its own: demarche init DIR";
        findings.push(Finding::fault("register", format!("{} is not there", path.display()), mend));
        return languages;
    }
    let read = Reader::open(path, Arc::new(workspace.rules.clone())).and_then(|reader| {
        reader.is_of(&workspace.secret)?;
        Ok((reader.authorities()?, reader.vacant_levels(now)?, reader.is_behind()?))
    });
    let (authorities, vacant, behind) = match read {
        Ok(read) => read,
        Err(error) => {
            findings.push(Finding::fault(
                "register",
                format!("{}: {error}", path.display()),
                "run demarche verify, and restore a back-up if it fails",
            ));
            return languages;
        }
    };
    findings.push(match behind {
        Some(why) => Finding::fault("register", why, "stop the daemon, then: demarche resume"),
        None => Finding::good("register", format!("{} opens", path.display())),
    });
    languages.extend(authorities.iter().filter_map(|authority| authority.language.clone()));
    let before = findings.len();
    addresses(workspace, &authorities, now, findings);
    findings.extend(told(&vacant).into_iter().map(|told| Finding::warning(PART, told.what, told.mend)));
    for authority in &authorities {
        names(workspace, authority, findings);
    }
    responsibilities(workspace, &authorities, findings);
    if findings.len() == before {
        let what = match authorities.len() {
            0 => "there are no authorities yet".to_owned(),
            count => format!("{} can be written to", authorities_counted(count)),
        };
        findings.push(Finding::good(PART, what));
    }
    languages
}

fn addresses(workspace: &Workspace, authorities: &[Authority], now: Timestamp, findings: &mut Vec<Finding>) {
    let today = |authority: &Authority| day_in(now, &workspace.rules.time_zone_of(authority));
    let without = |lacks: &dyn Fn(&Authority) -> bool| -> Vec<&str> {
        authorities.iter().filter(|authority| lacks(authority)).map(|authority| authority.name.as_str()).collect()
    };
    let unreachable = without(&|authority| !authority.contacts.iter().any(|contact| contact.holds_on(today(authority))));
    let faceless =
        without(&|authority| !authority.contacts.iter().any(|contact| contact.focal_point && contact.holds_on(today(authority))));
    if !unreachable.is_empty() {
        let what =
            format!("{} cannot be written to, having no living address: {}", authorities_counted(unreachable.len()), listed(&unreachable));
        findings.push(Finding::warning(PART, what, "import authorities with email or focal_point_email; requests to them wait until then"));
    }
    if !faceless.is_empty() {
        let what = format!("{} without a focal point: {}", authorities_counted(faceless.len()), listed(&faceless));
        findings.push(Finding::warning(
            PART,
            what,
            "import authorities with focal_point and focal_point_email; reminders go to the general address until then",
        ));
    }
}

/// Names in the directory that the configuration must know.
fn names(workspace: &Workspace, authority: &Authority, findings: &mut Vec<Finding>) {
    let rules = &workspace.rules;
    if let Some(calendar) = authority.calendar.as_ref().filter(|name| !rules.calendars.contains_key(*name)) {
        let what = format!("{} has the calendar {calendar:?}, which nobody has written", authority.name);
        findings.push(Finding::fault(PART, what, format!("add [calendars.{calendar}], or import the authority with another")));
    }
    if let Some(zone) = authority.time_zone.as_ref().filter(|name| TimeZone::get(name).is_err()) {
        let what = format!("{} has the time zone {zone:?}, which does not exist", authority.name);
        findings.push(Finding::fault(PART, what, "import the authority with a name as in \"Europe/Prague\""));
    }
    let unknown: BTreeSet<&str> = authority
        .contacts
        .iter()
        .map(|contact| contact.level.as_str())
        .filter(|level| !rules.levels.iter().any(|known| known == level))
        .collect();
    for level in unknown {
        let what = format!("somebody at {} has the level {level:?}, which the configuration does not know", authority.name);
        findings.push(Finding::fault(
            PART,
            what,
            format!("levels are {}; add it to office.levels, or import the person with another", rules.levels.join(", ")),
        ));
    }
}

fn responsibilities(workspace: &Workspace, authorities: &[Authority], findings: &mut Vec<Finding>) {
    let staff = &workspace.rules.staff;
    if staff.iter().any(|person| person.responsible_for == Responsibility::Everything) || authorities.is_empty() {
        return;
    }
    let mut claimed: BTreeSet<String> = BTreeSet::new();
    for person in staff {
        let Responsibility::Authorities(names) = &person.responsible_for else { continue };
        for name in names {
            claimed.insert(name_key(name));
            if !authorities.iter().any(|authority| is_called(authority, &name_key(name))) {
                let what = format!("{} is responsible for {name:?}, which is no authority's name or alias", person.name);
                findings.push(Finding::warning(PART, what, "write the name as demarche authorities list shows it"));
            }
        }
    }
    let nobodys: Vec<&str> = authorities
        .iter()
        .filter(|authority| !claimed.iter().any(|key| is_called(authority, key)))
        .map(|authority| authority.name.as_str())
        .collect();
    if !nobodys.is_empty() {
        let what = format!("{} for which nobody is responsible: {}", authorities_counted(nobodys.len()), listed(&nobodys));
        findings.push(Finding::warning(PART, what, "add them to responsible_for of one of the [[staff]], or write \"everything\" for one"));
    }
}

fn is_called(authority: &Authority, key: &str) -> bool {
    name_key(&authority.name) == key || authority.aliases.iter().any(|alias| name_key(alias) == key)
}
