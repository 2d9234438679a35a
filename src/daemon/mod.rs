//! Calls the other rooms in the right order, and keeps running: one pass of everything ([`one_pass`]), and the loop around it ([`running`]).

pub mod assembling;
mod beside;
mod digesting;
pub mod lease;
pub mod one_pass;
pub mod previewing;
mod reading_mailboxes;
pub mod restoring;
pub mod running;

pub use one_pass::Daemon;
