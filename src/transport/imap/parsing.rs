//! Calls `imap-proto` so that a panic in it, on whatever bytes a server sends, does not end the process.
//!
//! It panics on some answers: `INTERNALDATE NIL` is unwrapped (rfc3501/mod.rs of 0.17), so are METADATA names that are no UTF-8. Considered
//! instead: refusing before parsing whatever is known to do so, which holds only until the next such place is found.

use std::cell::Cell;
use std::panic::{catch_unwind, set_hook, take_hook};
use std::sync::Once;

use async_imap::imap_proto::Response;

pub(super) enum Parsed<'a> {
    Data(Response<'a>),
    NotUnderstood,
    /// The parser panicked.
    Fell,
}

thread_local! {
    static PARSING: Cell<bool> = const { Cell::new(false) };
}

pub(super) fn parse(response: &[u8]) -> Parsed<'_> {
    say_nothing_of_panics_in_here();
    PARSING.set(true);
    let parsed = catch_unwind(|| Response::parse(response));
    PARSING.set(false);
    match parsed {
        Ok(Ok((_, data))) => Parsed::Data(data),
        Ok(Err(_)) => Parsed::NotUnderstood,
        Err(_) => Parsed::Fell,
    }
}

/// A panic's message may quote what was parsed, which may be a letter, and would stand in the log. What happened is told as the mailbox's fault.
fn say_nothing_of_panics_in_here() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = take_hook();
        set_hook(Box::new(move |panic| {
            if !PARSING.get() {
                told(panic);
            }
        }));
    });
}
