//! The register as a command finds it: opened for reading or for one verb, with the time and the name of whoever gives the command.

use super::place::{Place, name_of_a_person};
use crate::config::Workspace;
use crate::domain::event::Actor;
use crate::register::{Reader, Register};
use jiff::Timestamp;
use std::sync::Arc;

impl Place {
    /// A reader of the workspace's register, and now.
    ///
    /// # Errors
    ///
    /// Where the workspace cannot be loaded, or its register cannot be opened or read.
    pub fn reader(&self) -> anyhow::Result<(Reader, Timestamp)> {
        let workspace = self.load()?;
        let reader = Reader::open(&workspace.register_path, Arc::new(workspace.rules))?;
        let now = reader.time_to_act(Timestamp::now())?;
        Ok((reader, now))
    }

    /// The workspace's register, to be changed by one verb, and now. The daemon may run meanwhile: whoever comes second waits.
    ///
    /// # Errors
    ///
    /// As [`Self::workspace_and_register`].
    pub fn register(&self) -> anyhow::Result<(Register, Timestamp)> {
        let (_, register, now) = self.workspace_and_register()?;
        Ok((register, now))
    }

    /// The workspace with its register, to be changed by one verb, and now: never before the register's last event.
    ///
    /// # Errors
    ///
    /// Where the workspace cannot be loaded, its register cannot be opened, read or, where there is something to note, written; and where the
    /// secret is not this register's.
    pub fn workspace_and_register(&self) -> anyhow::Result<(Workspace, Register, Timestamp)> {
        let workspace = self.load()?;
        let mut register = Register::open(&workspace.register_path, Arc::new(workspace.rules.clone()))?;
        register.work_by(&workspace.fingerprint);
        register.belongs_with(&workspace.secret)?;
        let now = register.time_to_act(Timestamp::now())?;
        // An old copy may have been put in its place, and no daemon has looked since.
        register.look_for_sign_of_life(now)?;
        Ok((workspace, register, now))
    }

    /// Who decides, for the record: `--by`, else the name under which this person is logged in.
    pub fn actor(&self) -> Actor {
        let logged_in =
            || ["USER", "LOGNAME"].into_iter().find_map(|variable| std::env::var(variable).ok().filter(|name| !name.trim().is_empty()));
        // A login may read like one of the program's rules; who it is must still be on record.
        let as_a_person = |login: String| name_of_a_person(&login).unwrap_or_else(|_| format!("user {login}"));
        let name = self.by().map(str::to_owned).or_else(|| logged_in().map(as_a_person));
        let name = name.unwrap_or_else(|| "a person at the command line".into());
        Actor::at_the_command_line(name)
    }
}
