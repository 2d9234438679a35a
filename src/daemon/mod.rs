//! What ties the rooms together and keeps running: a pass of everything ([`one_pass`]), and the daemon around it ([`running`]).

pub mod assembling;
mod beside;
mod digesting;
pub mod lease;
pub mod one_pass;
pub mod previewing;
mod receiving;
mod restoring;
pub mod running;

pub use one_pass::Daemon;
