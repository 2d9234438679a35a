//! What ties the rooms together and keeps running: a pass of everything ([`one_pass`]), and the daemon around it ([`running`]).

mod acknowledging;
pub mod assembling;
mod beside;
mod digesting;
mod last_word;
pub mod lease;
pub mod memory;
pub mod one_pass;
pub mod placing;
mod receiving;
mod recording;
mod restoring;
pub mod running;
mod seeking;
mod sending;
mod stepping;
pub mod understanding;
pub mod vouching;
mod watching;
pub mod worker_protocol;

pub use one_pass::Office;
