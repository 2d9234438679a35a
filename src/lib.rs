//! demarche: formal written approaches to authorities, and what becomes of them.

pub mod cli;
pub mod config;
pub mod daemon;
pub mod demo;
pub mod digest;
pub mod domain;
pub mod letters;
pub mod mail;
pub mod register;
pub mod tables;
pub mod transport;
