//! What ties the rooms together and keeps running: a pass of everything ([`office`]), and the daemon around it ([`running`]).

mod acknowledging;
pub mod assembling;
mod beside;
mod digesting;
pub mod lease;
pub mod memory;
pub mod office;
pub mod placing;
mod receiving;
mod recording;
mod restoring;
pub mod running;
mod seeking;
mod sending;
mod stepping;
pub mod stopping;
mod timekeeping;
pub mod understanding;
pub mod vouching;
mod watching;
pub mod worker_protocol;

pub use office::{Office, PassReport};
