//! What several test binaries share: scripted servers that misbehave on purpose, a proxy that cuts, real servers on loopback,
//! and what is done to the register's file past the program.
//!
//! A module included by path, not a library: each binary uses its part of it, and the rest would be reported as dead code.
#![allow(dead_code)]

pub mod accounts;
pub mod dovecot;
pub mod name_server;
pub mod odd_imap;
pub mod postfix;
pub mod proxy;
pub mod rules;
pub mod script;
pub mod servers;
pub mod sqlite;
