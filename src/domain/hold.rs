//! Why something that is due waits: a step of the ladder, or a letter that is written already.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Not every mailbox was read to its end since the step fell due.
    MailboxNotRead,
    ReplyMayBeWaiting,
    LetterOnItsWay,
    /// A letter before it is drafted, and waits for a person to release it.
    DraftWaits,
    /// A report that nothing proves says that a letter did not arrive.
    SaidToHaveComeBack,
    /// The directory has no living address in date. Nobody climbs the ladder on letters that nobody gets; nor in the next two cases.
    NobodyToWriteTo,
    /// Its address is written to no more, and only those of another unit or level are left.
    AddressSuppressed,
    /// The request came back from an address that lives.
    CameBack,
    /// The term does not run: the office owes the authority something.
    Paused,
    /// All letters to authorities stand still until a person has looked: a clock or a register is not as it was left.
    LettersStandStill,
}

impl Hold {
    /// For people.
    pub fn why(self) -> &'static str {
        match self {
            Hold::MailboxNotRead => "the mailbox was not read successfully since the step fell due",
            Hold::ReplyMayBeWaiting => "a mail that may be the reply waits for a person",
            Hold::LetterOnItsWay => "an earlier letter is still in the outbox",
            Hold::DraftWaits => "a letter is drafted and waits for somebody to release it",
            Hold::SaidToHaveComeBack => "a report that nothing proves says that a letter did not arrive; a person decides",
            Hold::NobodyToWriteTo => "the directory has no address that a letter can be delivered to",
            Hold::AddressSuppressed => {
                "its address is written to no more, and those beside it in the directory are of another unit or level"
            }
            Hold::CameBack => "the letter came back, or was refused, and a person decides",
            Hold::Paused => "the term is paused",
            Hold::LettersStandStill => "all letters stand still until somebody has looked",
        }
    }

    /// For people: what ends it, where no day does.
    pub fn until(self) -> &'static str {
        match self {
            Hold::MailboxNotRead => "until it is read to its end",
            Hold::ReplyMayBeWaiting => "until somebody has looked",
            Hold::LetterOnItsWay => "until that has left",
            Hold::DraftWaits => "until somebody releases or withdraws it",
            Hold::SaidToHaveComeBack => "until somebody has decided",
            Hold::NobodyToWriteTo | Hold::AddressSuppressed => "until there is an address",
            Hold::CameBack => "until somebody has acted",
            Hold::Paused => "until it is resumed",
            Hold::LettersStandStill => "until somebody lets them leave again",
        }
    }
}
