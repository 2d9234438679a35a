//! What a letter to an authority says, as plain data. Names and subjects are taken as they came; shortening and escaping is done when it is
//! written.

use crate::domain::authority::Authority;
use crate::domain::enclosure::Enclosure;
use crate::domain::letter::LetterRole;
use crate::domain::recommendation::Recommendation;
use crate::domain::request::Request;
use crate::domain::rules::OfficeRules;
use jiff::ZonedDateTime;
use jiff::civil::Date;

/// Everything a letter is written from. Addresses and Message-IDs are without angle brackets.
#[derive(Debug, Clone)]
pub struct LetterContent<'a> {
    /// What the letter is for, whatever its template is called.
    pub role: LetterRole,
    /// Folder of the letter in the language's folder: `request`, `reminder`, `escalation`, `acknowledgement`, or one of the office's own.
    pub template: &'a str,
    /// Folder of the language: `en`.
    pub language: &'a str,
    pub rules: &'a OfficeRules,
    pub request: &'a Request,
    /// In the order in which they are numbered; only those that still want an answer.
    pub recommendations: &'a [Recommendation],
    /// Who was asked. Whom the letter goes to says `addressee`.
    pub authority: &'a Authority,
    pub addressee: Addressee<'a>,
    /// Cc.
    pub copies: &'a [Addressee<'a>],
    /// Level of the addressee: whose signature stands below follows from it.
    pub level: &'a str,
    /// The last day for the answer, on the authority's calendar.
    pub deadline: Date,
    /// When the letter is written, in the authority's time zone: its date, and its Date header.
    pub dated: ZonedDateTime,
    /// The request's own signed address.
    pub reply_to: &'a str,
    pub message_id: &'a str,
    /// Message-ID of the letter or mail under which clients are to show this one.
    pub in_reply_to: Option<&'a str>,
    /// Message-IDs, from the first letter of the thread to the latest.
    pub references: &'a [String],
    /// Letters about this request that left before, oldest first.
    pub earlier: &'a [EarlierLetter],
    /// Whether a later letter can be written to a higher level: nobody is told of one that does not exist.
    pub has_higher_level: bool,
    /// The letter that an acknowledgement confirms, or that is being examined; none for other letters.
    pub received: Option<Received<'a>>,
    /// Name of the ladder's step; none for a first letter and an acknowledgement.
    pub step: Option<&'a str>,
    /// Files that are sent with it.
    pub enclosures: &'a [Enclosure],
}

/// Whom a letter goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addressee<'a> {
    /// The person, if the directory names one.
    pub name: Option<&'a str>,
    /// Name of the authority the address belongs to: the one that was asked, or its supervising authority.
    pub authority: &'a str,
    pub address: &'a str,
}

/// A letter about the same request that left before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierLetter {
    pub role: LetterRole,
    /// On the authority's calendar.
    pub on: Date,
    /// Whether it went to somebody above those to whom the request went, and not to them again.
    pub to_higher_level: bool,
}

/// A mail of the authority that a letter speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received<'a> {
    pub subject: &'a str,
    /// On the authority's calendar.
    pub on: Date,
}
