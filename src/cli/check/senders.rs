//! Whose `Authentication-Results` the office may believe: looked for in the mail that came last, since who sets up a mailbox seldom knows.

use super::Finding;
use crate::config::Workspace;
use crate::mail::authenticity;
use crate::register::Reader;
use std::collections::BTreeMap;
use std::sync::Arc;

const PART: &str = "senders";
/// Mails whose heads are looked at.
const LATEST: usize = 50;

pub(super) fn look(workspace: &Workspace, findings: &mut Vec<Finding>) {
    // A register that does not open is told of where the directory is looked at.
    let reader = Reader::open(&workspace.register_path, Arc::new(workspace.rules.clone()));
    let Ok(heads) = reader.and_then(|reader| reader.latest_heads(LATEST)) else { return };
    if heads.is_empty() {
        return;
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for head in &heads {
        for server in authenticity::servers_that_wrote_results(head) {
            *seen.entry(server).or_default() += 1;
        }
    }
    let own = &workspace.authenticity.trusted_authserv_ids;
    let unknown: Vec<&str> = seen.keys().map(String::as_str).filter(|name| !authenticity::is_own_server(name, own)).collect();
    let latest = match heads.len() {
        1 => "the latest mail".to_owned(),
        count => format!("the latest {count} mails"),
    };
    if own.is_empty() && !unknown.is_empty() {
        let what = format!("what your own mail server says of who wrote a mail is not heard: {} wrote it into {latest}", listed(&seen));
        let mend = format!("if these are your mail servers, {}", setting(&unknown));
        findings.push(Finding::warning(PART, what, mend));
    }
    for name in own {
        // By what the daemon itself hears.
        let hears = |head: &&Vec<u8>| {
            authenticity::servers_heard(head, own).iter().any(|server| authenticity::is_own_server(server, std::slice::from_ref(name)))
        };
        findings.push(if heads.iter().any(|head| hears(&head)) {
            Finding::good(PART, format!("what {name} says in {latest} of who wrote it is heard"))
        } else {
            let mend = if unknown.is_empty() {
                "look into a received mail for the first word of Authentication-Results, above the first Received".to_owned()
            } else {
                format!("if these are your mail servers, {}", setting(&unknown))
            };
            Finding::warning(PART, format!("{name}, of trusted_authserv_ids, has written nothing into {latest}"), mend)
        });
    }
}

/// What to write into the configuration so that the word of these servers is heard.
pub(super) fn setting(names: &[&str]) -> String {
    format!("write trusted_authserv_ids = {names:?} under [authenticity]")
}

fn listed(seen: &BTreeMap<String, usize>) -> String {
    seen.iter().map(|(name, count)| format!("{name} ({count})")).collect::<Vec<_>>().join(", ")
}
