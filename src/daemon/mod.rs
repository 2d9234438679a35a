//! What ties the rooms together and keeps running: a pass of everything ([`one_pass`]), and the daemon around it ([`running`]).

pub mod assembling;
mod beside;
mod digesting;
pub mod lease;
pub mod memory;
pub mod one_pass;
pub mod placing;
mod receiving;
mod restoring;
pub mod running;
mod seeking;
pub mod understanding;
pub mod vouching;
mod watching;
pub mod worker_protocol;

pub use one_pass::Office;
