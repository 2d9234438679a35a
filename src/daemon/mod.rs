//! What ties the rooms together and keeps running: a pass of everything ([`one_pass`]), and the daemon around it ([`running`]).

mod acknowledging;
pub mod assembling;
mod beside;
mod digesting;
mod last_word;
pub mod lease;
pub mod one_pass;
mod receiving;
mod recording;
mod restoring;
pub mod running;
mod sending;
mod stepping;

pub use one_pass::Office;
