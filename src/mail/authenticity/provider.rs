//! What the office's own mail server wrote about a mail, if it can be believed: `Authentication-Results` (RFC 8601), and how the mail was handed in.
//!
//! Anybody can write these headers. Those above the topmost `Received` of a configured server are that server's, since all that came with the mail
//! stands below it (RFC 8601 §5). What the delivery to the mailbox adds above that is looked through under whatever name it is written: the
//! topmost `Received` is always that of the system that delivers, and LMTP is spoken inside a house only (RFC 2033 §5). What a program of that system
//! handed in, without a client, is looked through as well, but a pass below it counts for nothing: a form on a web page is such a program too.

use super::domains::{may_be_one, signer, within};
use super::results::{self, Results, Statement};
use crate::mail::message::Headers;

/// Headers looked at, from the top.
const MOST_HEADERS: usize = 200;
/// Letters of one statement that are kept for people.
const LONGEST_SHOWN: usize = 80;

/// The own server's word.
#[derive(Debug, Default)]
pub struct Word {
    /// The server that wrote it.
    pub server: String,
    /// Method and result of each statement, for people.
    pub text: String,
    /// It passed DMARC, or SPF or DKIM for the From domain (which is the same, RFC 9989 §4.4), and nothing that it says contradicts that.
    pub authenticates: bool,
    /// DMARC failed; no other result outvotes that.
    pub refuses: bool,
    /// It says that the domain asks for such mail to be refused or set apart (`policy.dmarc`, or a comment as many servers write it).
    pub enforced: bool,
    /// Submitted to the server by somebody who logged in there, under no name of another domain.
    pub submitted: bool,
    /// The account that logged in there is named as one of the author's domain.
    pub by_account_of_author: bool,
}

/// One `Received` at the top of a mail, and the results that stand above it.
pub struct Stretch<'a> {
    pub results: Vec<&'a str>,
    received: &'a str,
    pub hop: Hop,
    /// All above it was written by servers that pass on what other servers received.
    is_sure: bool,
}

/// What a `Received` says (RFC 5321 §4.4).
pub struct Hop {
    /// The host that wrote it, in lower case.
    pub by: String,
    /// The protocol, in upper case (RFC 3848).
    with: String,
    has_client: bool,
}

impl Hop {
    /// Handed on to a mailbox, by a server of the same house.
    pub fn is_delivery(&self) -> bool {
        self.with.trim_start_matches("UTF8").starts_with("LMTP")
    }

    /// A program of the host gave it in, as a filter does that is put between a server and the mailbox.
    fn is_handed_in_on_host(&self) -> bool {
        !self.has_client && matches!(self.with.as_str(), "" | "LOCAL")
    }

    /// A mailer received it or wrote it itself, and no program of another kind (`with HTTP`) on its host.
    pub fn is_of_mailer(&self) -> bool {
        let by_smtp = self.with.contains("SMTP") && self.with.chars().all(|letter| letter.is_ascii_alphanumeric());
        self.with.is_empty() || self.with == "LOCAL" || by_smtp || self.is_delivery()
    }

    /// ESMTPA, ESMTPSA (RFC 3848), UTF8SMTPA, UTF8SMTPSA (RFC 6531 §4.3).
    fn is_authenticated(&self) -> bool {
        self.with.ends_with("SMTPA") || self.with.ends_with("SMTPSA")
    }

    /// One of these protocols, and no log-in.
    fn is_unauthenticated(&self) -> bool {
        self.with.ends_with("SMTP") || self.with.ends_with("SMTPS")
    }
}

impl Stretch<'_> {
    /// Whether it is not yet the `Received` by which the mail came in from elsewhere.
    fn goes_on(&self) -> bool {
        self.hop.is_delivery() || self.is_sure && self.hop.is_handed_in_on_host()
    }
}

pub fn read(headers: &Headers, own_servers: &[String], from_domain: &str) -> Option<Word> {
    let stretches: Vec<Stretch<'_>> = own_stretches(headers, own_servers).collect();
    let all: Vec<(bool, Results)> = stretches
        .iter()
        .flat_map(|stretch| own_results(stretch, own_servers).into_iter().map(|results| (stretch.is_sure, results)))
        .collect();
    let log_in = stretches.iter().find(|stretch| stretch.is_sure && stretch.hop.is_authenticated());
    let server = all.first().map(|(_, results)| &results.server).or(log_in.map(|stretch| &stretch.hop.by))?.clone();
    let statements: Vec<&Statement> = all.iter().flat_map(|(_, results)| &results.statements).collect();
    let sure: Vec<&Results> = all.iter().filter(|(is_sure, _)| *is_sure).map(|(_, results)| results).collect();
    let sure_statements: Vec<&Statement> = sure.iter().flat_map(|results| &results.statements).collect();
    let heard = Heard { statements: &sure_statements, from_domain };
    let failed = || statements.iter().filter(|statement| (statement.method.as_str(), statement.result.as_str()) == ("dmarc", "fail"));
    let refuses = failed().next().is_some();
    // What the server says by word of another program about a log-in counts for nothing where the server itself took the mail without one.
    let without_log_in = stretches.last().is_some_and(|stretch| stretch.hop.is_unauthenticated());
    let mut accounts: Vec<String> = log_in.map(|stretch| logged_in(stretch.received)).unwrap_or_default();
    accounts.extend(
        sure_statements
            .iter()
            .filter(|statement| statement.method == "auth")
            .filter_map(|found| Some(found.property("smtp.auth")?.to_owned())),
    );
    let domains: Vec<Option<&str>> = accounts.iter().map(|account| domain_of(account)).collect();
    // An account without a domain is one of the server's own users.
    let is_of_another = domains.iter().flatten().any(|domain| !within(domain, from_domain));
    Some(Word {
        text: shown(&statements),
        authenticates: !refuses
            && (heard.dmarc_passed() || heard.spf_passed() || sure.iter().any(|results| heard.dkim_passed(results, headers))),
        refuses,
        enforced: failed().any(|statement| is_enforced(statement)),
        submitted: !is_of_another && (log_in.is_some() || !without_log_in && heard.all_passed("auth")),
        by_account_of_author: !domains.is_empty() && domains.iter().all(|domain| *domain == Some(from_domain)),
        server,
    })
}

/// Method and result of each, for people.
fn shown(statements: &[&Statement]) -> String {
    let word = |statement: &&Statement| -> String {
        let word = format!("{}={}", statement.method, statement.result);
        word.chars().filter(|character| !character.is_control()).take(LONGEST_SHOWN).collect()
    };
    statements.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn domain_of(account: &str) -> Option<&str> {
    account.rsplit_once('@').map(|(_, domain)| domain.trim_end_matches('.'))
}

/// The accounts that a `Received` names: Postfix writes `(Authenticated sender: x@y)` if it is told to. A client can put one more there, which takes
/// from it and gives it nothing.
fn logged_in(received: &str) -> Vec<String> {
    let text = received.to_ascii_lowercase();
    let named = text.split("authenticated sender:").skip(1);
    let first_word = |rest: &str| {
        rest.trim_start().split(|character: char| character.is_whitespace() || "),;".contains(character)).next().map(str::to_owned)
    };
    named.filter_map(first_word).collect()
}

fn own_stretches<'h>(headers: &'h Headers, own_servers: &[String]) -> impl Iterator<Item = Stretch<'h>> {
    top(headers).into_iter().take_while(|stretch| stretch.goes_on() || is_own(&stretch.hop.by, own_servers))
}

fn own_results(stretch: &Stretch<'_>, own_servers: &[String]) -> Vec<Results> {
    stretch.results.iter().filter_map(|value| results::read(value)).filter(|found| is_own(&found.server, own_servers)).collect()
}

/// All that the own servers found, each header for itself.
pub fn results(headers: &Headers, own_servers: &[String]) -> Vec<Results> {
    own_stretches(headers, own_servers).flat_map(|stretch| own_results(&stretch, own_servers)).collect()
}

/// Whether the server that delivered a mail had it from its writer: it has not come in from elsewhere, and nobody had reason to check it.
pub fn stayed(headers: &Headers) -> bool {
    let passed = headers.0.iter().filter(|header| header.name.eq_ignore_ascii_case("Received")).filter_map(|header| hop(&header.value));
    let servers = passed.filter(|hop| !hop.is_delivery()).count();
    servers <= 1 || top(headers).last().is_some_and(|stretch| stretch.hop.is_authenticated())
}

/// The configured servers whose word about a mail is heard: who wrote it, and who took the mail in.
pub fn heard(headers: &Headers, own_servers: &[String]) -> Vec<String> {
    let stretches: Vec<Stretch<'_>> = own_stretches(headers, own_servers).collect();
    let mut names: Vec<String> =
        stretches.iter().flat_map(|stretch| own_results(stretch, own_servers)).map(|results| results.server).collect();
    if !names.is_empty() {
        names.extend(stretches.into_iter().map(|stretch| stretch.hop.by));
    }
    names
}

/// The `Received` headers from the top down to the first by which mail came in from elsewhere.
pub fn top(headers: &Headers) -> Vec<Stretch<'_>> {
    let mut stretches = Vec::new();
    let mut results = Vec::new();
    let mut is_sure = true;
    for header in headers.0.iter().take(MOST_HEADERS) {
        if header.name.eq_ignore_ascii_case("Authentication-Results") {
            results.push(header.value.as_str());
        }
        if header.name.eq_ignore_ascii_case("Received") {
            let Some(hop) = hop(&header.value) else { break };
            let stretch = Stretch { results: std::mem::take(&mut results), received: &header.value, hop, is_sure };
            let goes_on = stretch.goes_on();
            is_sure &= stretch.hop.is_delivery();
            stretches.push(stretch);
            if !goes_on {
                break;
            }
        }
    }
    stretches
}

/// Those who wrote results above the `Received` by which a mail came in, if that was written in the same house; and the writer of that `Received`.
pub fn writers(headers: &Headers) -> Vec<String> {
    let stretches = top(headers);
    let Some(hop) = stretches.last().map(|stretch| &stretch.hop) else { return Vec::new() };
    let house = |name: &str| name.split_once('.').map(|(_, house)| house.to_owned()).filter(|house| house.contains('.'));
    let servers = stretches.iter().flat_map(|stretch| &stretch.results).filter_map(|value| results::read(value)).map(|found| found.server);
    let mut names: Vec<String> =
        servers.filter(|server| within(server, &hop.by) || (house(server).is_some() && house(server) == house(&hop.by))).collect();
    if !names.is_empty() && !is_own(&hop.by, &names) {
        names.push(hop.by.clone());
    }
    names
}

pub fn is_own(host: &str, own_servers: &[String]) -> bool {
    own_servers
        .iter()
        .map(|own| own.trim().to_ascii_lowercase())
        .any(|own| !own.is_empty() && (host == own || host.strip_suffix(&own).is_some_and(|before| before.ends_with('.'))))
}

/// All that the own servers said of a mail. A mail has one author, one envelope sender and one result of DMARC: where the statements differ about
/// them, a stranger may have worded one, and none counts as a pass.
struct Heard<'a> {
    statements: &'a [&'a Statement],
    from_domain: &'a str,
}

impl<'a> Heard<'a> {
    fn of(&self, method: &'static str) -> impl Iterator<Item = &'a Statement> {
        self.statements.iter().copied().filter(move |statement| statement.method == method)
    }

    fn all_passed(&self, method: &'static str) -> bool {
        self.of(method).next().is_some() && self.of(method).all(has_passed)
    }

    fn dmarc_passed(&self) -> bool {
        let is_author_s = |statement: &Statement| statement.domain("header.from").is_none_or(|domain| within(domain, self.from_domain));
        self.all_passed("dmarc") && self.of("dmarc").all(is_author_s) && self.dmarc_can_pass()
    }

    /// DMARC passes by SPF or DKIM alone (RFC 9989 §4.4): not where the server tells of these, and neither has passed for a domain of the same
    /// organization. What an organization is, its records say; here two labels in common will do.
    fn dmarc_can_pass(&self) -> bool {
        let named = |statement: &'a Statement| match statement.method.as_str() {
            "spf" => Some(statement.domain("smtp.mailfrom")),
            "dkim" => Some(statement.domain("header.d").or(statement.domain("header.i"))),
            _ => None,
        };
        let mut told = self.statements.iter().filter_map(|statement| Some((statement, named(statement)?))).peekable();
        told.peek().is_none()
            || told.any(|(statement, domain)| has_passed(statement) && domain.is_none_or(|domain| may_be_one(domain, self.from_domain)))
    }

    fn spf_passed(&self) -> bool {
        let senders = || self.statements.iter().filter_map(|statement| Some((statement, statement.domain("smtp.mailfrom")?)));
        senders().any(|(statement, _)| statement.method == "spf")
            && senders().all(|(statement, domain)| within(domain, self.from_domain) && (statement.method != "spf" || has_passed(statement)))
    }

    /// A signature that does not stand in the mail has not passed; and each has one result.
    fn dkim_passed(&self, results: &Results, headers: &Headers) -> bool {
        let of = |signed: &str| {
            results.statements.iter().filter(|found| found.method == "dkim" && found.domain("header.d") == Some(signed)).count()
        };
        let stands = |signed: &str| {
            headers.all("DKIM-Signature").filter_map(|value| signer(value.as_bytes())).filter(|domain| domain == signed).count()
        };
        results.statements.iter().filter(|statement| statement.method == "dkim" && has_passed(statement)).any(|statement| {
            statement.domain("header.d").is_some_and(|signed| within(signed, self.from_domain) && of(signed) <= stands(signed))
        })
    }
}

fn has_passed(statement: &Statement) -> bool {
    statement.is_sound && statement.result == "pass"
}

/// `p` is for the domain that publishes it and `sp` for those under it; which of them the mail is from is not said, so that both must ask for it.
fn is_enforced(statement: &Statement) -> bool {
    let asks = |policy: &str| matches!(policy, "reject" | "quarantine");
    let policy = ["policy.dmarc", "policy.published-domain-policy"].iter().find_map(|name| statement.property(name));
    // Microsoft's word for what it did instead; `o` is for "override".
    let action = statement.property("action").map(|action| action.strip_prefix('o').unwrap_or(action));
    action.is_some_and(asks)
        || statement.comment("dis").is_some_and(asks)
        || (policy.or(statement.property("p")).or(statement.comment("p")).is_some_and(asks) && statement.comment("sp").is_none_or(asks))
}

/// What a client calls itself stands in the same line and may be made to look like the rest of it, the semicolon before the date included: a line
/// with two `by` or two `with` anywhere says nothing.
pub fn hop(received: &str) -> Option<Hop> {
    let plain = plain(received)?;
    let words: Vec<&str> =
        plain.split(|character: char| character.is_whitespace() || character == ';').filter(|word| !word.is_empty()).collect();
    let places =
        |name: &str| words.iter().enumerate().filter(|(_, word)| word.eq_ignore_ascii_case(name)).map(|(at, _)| at).collect::<Vec<_>>();
    let [by] = *places("by") else { return None };
    let with = match *places("with") {
        [] => "",
        [with] if with > by => words.get(with + 1).copied().unwrap_or_default(),
        _ => return None,
    };
    let by_name = words.get(by + 1)?.trim_end_matches('.').to_ascii_lowercase();
    Some(Hop { by: by_name, with: with.to_ascii_uppercase(), has_client: by > 0 })
}

/// Without comments, quoted strings and addresses in angle brackets; none if one of them is not closed.
fn plain(value: &str) -> Option<String> {
    let mut plain = String::with_capacity(value.len());
    let (mut depth, mut quoted, mut bracketed) = (0usize, false, false);
    let mut letters = value.chars();
    while let Some(character) = letters.next() {
        match character {
            '\\' if quoted || depth > 0 => {
                letters.next();
            }
            '"' if depth == 0 => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            '<' => bracketed = true,
            '>' => bracketed = false,
            _ if bracketed => {}
            _ => {
                plain.push(character);
                continue;
            }
        }
        plain.push(' ');
    }
    (depth == 0 && !quoted && !bracketed).then_some(plain)
}
