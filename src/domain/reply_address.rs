//! Signed addresses of our own: one per subject (a request, say) for replies, one per delivery for bounces.
//!
//! `desk+r-4hk2m…@requests.example` (plus-addressing) or `r-4hk2m…@replies.example` (catch-all domain). The token holds the identity and a
//! truncated HMAC-SHA-256 under the workspace's secret, in an alphabet without look-alikes (no i l o 0 1), read without regard to case.
//! A retyped address with one slip is recognised as what was probably meant, but is never proof (promise 5).

use super::identity::{DeliveryId, RequestId};
use super::plain_text::plain;
use super::subject::{Subject, SubjectKind};
use super::telling::is_letter_to_staff;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// 31 characters.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// 31^5 ≈ 28 million identities.
const IDENTITY_LENGTH: usize = 5;
/// 31^8 ≈ 2^39.6: a guess is right once in 850 thousand million.
const SIGNATURE_LENGTH: usize = 8;
const TOKEN_LENGTH: usize = IDENTITY_LENGTH + SIGNATURE_LENGTH;

/// What no request and no delivery is numbered: the register counts from 1.
const OF_CHECK: i64 = 0;
/// No reference is called so: they have a hyphen where this has a point.
const CHECK: &str = "check";

/// Where signed addresses are made. Local parts and domains are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Style {
    /// `local+token@domain`.
    Plus { local: String, domain: String },
    /// `token@domain`, every address of which arrives.
    CatchAll { domain: String },
    /// None are made: replies and bounces go to this address.
    Off { address: String },
}

/// Makes and reads signed addresses. The secret never leaves it.
#[derive(Clone)]
pub struct ReplyAddresses {
    style: Style,
    secret: Vec<u8>,
}

impl std::fmt::Debug for ReplyAddresses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplyAddresses").field("style", &self.style).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Reply(SubjectKind),
    Bounce,
}

impl Purpose {
    const BOUNCE: char = 'b';

    fn letter(self) -> char {
        match self {
            Purpose::Reply(kind) => kind.purpose(),
            Purpose::Bounce => Purpose::BOUNCE,
        }
    }

    fn from_letter(letter: char) -> Option<Purpose> {
        if letter == Purpose::BOUNCE { Some(Purpose::Bounce) } else { SubjectKind::from_purpose(letter).map(Purpose::Reply) }
    }
}

/// What an address of ours says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Read {
    /// The signature is right.
    Subject(Subject),
    Delivery(DeliveryId),
    /// The signature is wrong, but is right after undoing one slip (a character changed, left out, doubled or swapped with its neighbour).
    AfterSlip(Subject),
    /// It has the form of a signed address and no subject fits it.
    Broken,
}

impl ReplyAddresses {
    pub fn new(style: Style, secret: Vec<u8>) -> ReplyAddresses {
        ReplyAddresses { style, secret }
    }

    /// The Reply-To of the letters about a subject.
    pub fn for_subject(&self, subject: impl Into<Subject>) -> String {
        let subject = subject.into();
        self.address(Purpose::Reply(subject.kind()), subject.number())
    }

    /// The envelope sender of one delivery.
    pub fn for_delivery(&self, delivery: DeliveryId) -> String {
        self.address(Purpose::Bounce, delivery.0)
    }

    /// The Message-ID (without brackets) of a request's letter number `sequence`. Signed, so that nobody can name a letter that they did not get.
    pub fn message_id(&self, reference: &str, sequence: u32) -> String {
        let domain = match &self.style {
            Style::Plus { domain, .. } | Style::CatchAll { domain } => domain.as_str(),
            Style::Off { address } => address.rsplit_once('@').map_or("localhost", |(_, domain)| domain),
        };
        let mut name = spelt(reference);
        let mut signature = String::with_capacity(SIGNATURE_LENGTH);
        push_base31(&mut signature, self.sign(&format!("letter {name}.{sequence}")), SIGNATURE_LENGTH);
        // All of it is ASCII. One cut short is ours still, and names its request to nobody.
        name.truncate(LONGEST_NAME);
        format!("{name}.{sequence}.{signature}@{domain}")
    }

    /// Of which request the letter is that has this Message-ID (without brackets), by its reference; none if we have never given it, or to a letter
    /// to staff.
    pub fn reference_in(&self, message_id: &str) -> Option<String> {
        let mut parts = message_id.splitn(3, '.');
        let (reference, sequence) = (read_spelt(parts.next()?)?.to_ascii_uppercase(), parts.next()?.parse().ok()?);
        let is_ours = self.message_id(&reference, sequence).eq_ignore_ascii_case(message_id);
        (is_ours && !is_letter_to_staff(&reference)).then_some(reference)
    }

    /// Where `check --letter` sends its letter: an address like those that replies go to, of no request.
    pub fn for_check(&self) -> String {
        self.for_subject(RequestId(OF_CHECK))
    }

    /// Its envelope sender, of no delivery.
    pub fn for_bounce_of_check(&self) -> String {
        self.address(Purpose::Bounce, OF_CHECK)
    }

    /// Its Message-ID (without brackets); `number` tells one from another.
    pub fn message_id_of_check(&self, number: u32) -> String {
        self.message_id(CHECK, number)
    }

    pub fn is_message_id_of_check(&self, message_id: &str) -> bool {
        let number = message_id.strip_prefix(CHECK).and_then(|rest| rest.strip_prefix('.')).and_then(|rest| rest.split('.').next());
        number.and_then(|number| number.parse().ok()).is_some_and(|number| self.message_id_of_check(number) == message_id)
    }

    pub fn is_bounce_of_check(&self, address: &str) -> bool {
        self.read_as_written(address) == Some(Read::Delivery(DeliveryId(OF_CHECK)))
    }

    /// Tells secrets apart, and lets none be found out: 64 bits in hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        format!("{:016x}", self.sign("fingerprint"))
    }

    /// What `address` says, if it has the form of one of ours.
    pub fn read(&self, address: &str) -> Option<Read> {
        match self.read_as_written(address)? {
            Read::Broken => Some(self.meant(address).map_or(Read::Broken, Read::AfterSlip)),
            read => Some(read),
        }
    }

    /// As [`ReplyAddresses::read`], without looking for what a slip may have been made of: a thousandth of the work.
    pub fn read_as_written(&self, address: &str) -> Option<Read> {
        let (purpose, token) = self.token_in(address)?;
        let verified = self.verify(purpose, &token);
        Some(match (purpose, verified) {
            (Purpose::Reply(kind), Some(id)) => Read::Subject(kind.of(id)),
            (Purpose::Bounce, Some(id)) => Read::Delivery(DeliveryId(id)),
            (_, None) => Read::Broken,
        })
    }

    /// The subject whose address was probably meant. The letter of the purpose is taken as it stands.
    fn meant(&self, address: &str) -> Option<Subject> {
        match self.token_in(address)? {
            (purpose @ Purpose::Reply(kind), token) => self.after_slip(purpose, &token).map(|id| kind.of(id)),
            (Purpose::Bounce, _) => None,
        }
    }

    fn token_in(&self, address: &str) -> Option<(Purpose, String)> {
        let address = plain(address).trim().to_ascii_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let tagged = match &self.style {
            Style::Plus { local: own, domain: own_domain } if domain == own_domain => {
                local.strip_prefix(own.as_str())?.strip_prefix('+')?
            }
            Style::CatchAll { domain: own_domain } if domain == own_domain => local,
            Style::Plus { .. } | Style::CatchAll { .. } | Style::Off { .. } => return None,
        };
        let (purpose, token) = tagged.split_once('-')?;
        // A slip may change the length by one; anything further is no token of ours.
        if token.len().abs_diff(TOKEN_LENGTH) > 1 || !token.is_ascii() {
            return None;
        }
        let mut letters = purpose.chars();
        let purpose = letters.next().filter(|_| letters.next().is_none()).and_then(Purpose::from_letter)?;
        Some((purpose, token.to_owned()))
    }

    /// Whether mail to `address` comes back to this daemon: loops are recognised by it.
    pub fn is_own(&self, address: &str) -> bool {
        let address = address.trim().to_ascii_lowercase();
        let Some((local, own_domain)) = address.rsplit_once('@') else { return false };
        match &self.style {
            Style::Plus { local: own, domain } => {
                own_domain == domain && local.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('+'))
            }
            Style::CatchAll { domain } => own_domain == domain,
            Style::Off { address: own } => address == own.to_ascii_lowercase(),
        }
    }

    fn address(&self, purpose: Purpose, id: i64) -> String {
        let tag = format!("{}-{}", purpose.letter(), self.token(purpose, id));
        match &self.style {
            Style::Plus { local, domain } => format!("{local}+{tag}@{domain}"),
            Style::CatchAll { domain } => format!("{tag}@{domain}"),
            Style::Off { address } => address.clone(),
        }
    }

    fn token(&self, purpose: Purpose, id: i64) -> String {
        let mut token = String::with_capacity(TOKEN_LENGTH);
        push_base31(&mut token, id.unsigned_abs(), IDENTITY_LENGTH);
        push_base31(&mut token, self.sign(&format!("{} {id}", purpose.letter())), SIGNATURE_LENGTH);
        token
    }

    fn sign(&self, text: &str) -> u64 {
        // HMAC takes a key of any length (RFC 2104 §2), so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.secret) else { return 0 };
        mac.update(b"demarche ");
        mac.update(text.as_bytes());
        let digest = mac.finalize().into_bytes();
        digest.iter().take(8).fold(0u64, |value, byte| (value << 8) | u64::from(*byte))
    }

    fn verify(&self, purpose: Purpose, token: &str) -> Option<i64> {
        let id = i64::try_from(read_base31(token.get(..IDENTITY_LENGTH)?)?).ok()?;
        (self.token(purpose, id) == token).then_some(id)
    }

    fn after_slip(&self, purpose: Purpose, token: &str) -> Option<i64> {
        let mut meant = one_slip_away(token).into_iter().filter_map(|candidate| self.verify(purpose, &candidate));
        let first = meant.next()?;
        meant.all(|other| other == first).then_some(first)
    }
}

fn push_base31(text: &mut String, value: u64, length: usize) {
    let digits: Vec<char> = std::iter::successors(Some(value), |value| Some(value / 31))
        .take(length)
        .map(|value| char::from(ALPHABET[(value % 31) as usize]))
        .collect();
    text.extend(digits.iter().rev());
}

fn read_base31(text: &str) -> Option<u64> {
    text.bytes().try_fold(0u64, |value, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        Some(value * 31 + digit as u64)
    })
}

/// Every token from which `token` arises by one slip: about 900. `token` is ASCII.
fn one_slip_away(token: &str) -> Vec<String> {
    let letters: Vec<char> = token.chars().collect();
    let mut candidates = Vec::new();
    let mut push = |edit: &dyn Fn(&mut Vec<char>)| {
        let mut copy = letters.clone();
        edit(&mut copy);
        candidates.push(copy.into_iter().collect());
    };
    for place in 0..letters.len() {
        push(&|copy| {
            copy.remove(place);
        });
        if place + 1 < letters.len() {
            push(&|copy| copy.swap(place, place + 1));
        }
    }
    for letter in ALPHABET.iter().copied().map(char::from) {
        for place in 0..letters.len() {
            push(&|copy| copy[place] = letter);
        }
        for place in 0..=letters.len() {
            push(&|copy| copy.insert(place, letter));
        }
    }
    candidates
}

/// Of a reference, how many bytes stand in a Message-ID: RFC 5322 §2.1.1 bounds the line.
const LONGEST_NAME: usize = 120;

/// A reference as it stands in a Message-ID: what no atom may hold (RFC 5322 §3.2.3), a dot and `=` by their numbers, as in `abc=20=12`. References
/// of letters written by hand are whatever the office calls them.
fn spelt(reference: &str) -> String {
    let in_atom = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-/?^_`{|}~".contains(letter);
    let spelt = |letter: char| if in_atom(letter) { letter.to_string() } else { format!("={:x}=", u32::from(letter)) };
    reference.to_ascii_lowercase().chars().map(spelt).collect()
}

fn read_spelt(name: &str) -> Option<String> {
    let letter = |number: &str| u32::from_str_radix(number, 16).ok().and_then(char::from_u32);
    let parts = name.split('=').enumerate();
    parts.map(|(place, part)| if place % 2 == 0 { Some(part.to_owned()) } else { letter(part).map(String::from) }).collect()
}

#[cfg(test)]
mod tests;
