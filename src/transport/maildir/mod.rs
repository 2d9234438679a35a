//! Maildir: mail as files, for a first try, for tests, and for offices whose own mail system fills and empties folders.
//!
//! A Maildir is a folder with `tmp`, `new` and `cur` in it (<https://cr.yp.to/proto/maildir.html>). A mail is written in `tmp` and appears in
//! `new` in one step, so a reader never sees half of one. This room refuses to follow symbolic links, to open anything but ordinary files, and
//! to delete.

mod by_message_id;
mod deliver;
mod file_name;
mod flagging;
mod inbox;
mod next_files;
mod read_so_far;
mod writing;

pub use deliver::{Durability, create, deliver};
pub use file_name::UniqueName;
pub use inbox::Inbox;
pub use read_so_far::Position;
pub use writing::Outgoing;
