//! Which workspace a command works in: `-C`, `--config`, `DEMARCHE_CONFIG`, or this folder.

use crate::config::{self, Workspace};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Default, clap::Args)]
pub struct Place {
    /// The folder of the workspace.
    #[arg(short = 'C', global = true, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The configuration, if it is not the workspace's demarche.toml; or set DEMARCHE_CONFIG.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Who decides, for the record, if it is not whoever is logged in.
    #[arg(long, global = true, value_name = "NAME", value_parser = name_of_a_person)]
    by: Option<String>,
}

impl Place {
    /// The folder that `-C` names.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The name that `--by` gives.
    pub fn by(&self) -> Option<&str> {
        self.by.as_deref()
    }

    /// The configuration that is named or lies in the folder.
    ///
    /// # Errors
    ///
    /// As [`config::locate`].
    pub fn config_file(&self) -> Result<PathBuf, config::Fault> {
        let from_environment = std::env::var_os("DEMARCHE_CONFIG").map(PathBuf::from);
        config::locate(self.folder.as_deref(), self.config.as_deref(), from_environment.as_deref())
    }

    /// The workspace, if one is named or this folder is one.
    ///
    /// # Errors
    ///
    /// Where that workspace cannot be loaded, as with [`Self::load`].
    pub fn load_if_any(&self) -> Result<Option<Workspace>, config::Faults> {
        let named = self.folder.is_some() || self.config.is_some() || std::env::var_os("DEMARCHE_CONFIG").is_some();
        if named || Path::new(config::CONFIG_FILE).is_file() { self.load().map(Some) } else { Ok(None) }
    }

    /// The workspace, checked whole.
    ///
    /// # Errors
    ///
    /// As [`config::locate`] and [`config::load`].
    pub fn load(&self) -> Result<Workspace, config::Faults> {
        config::load(&self.config_file()?)
    }
}

/// The name of somebody who decides, trimmed: the record tells a person from a rule of the program by what it shows.
pub(super) fn name_of_a_person(given: &str) -> Result<String, String> {
    let name = given.trim();
    let is_rules = name.split(':').next().is_some_and(|start| start.trim().eq_ignore_ascii_case("rule"));
    match name {
        "" => Err("it names nobody".to_owned()),
        _ if is_rules => Err("the record calls the program's own rules so; give the name of the person who decides".to_owned()),
        _ => Ok(name.to_owned()),
    }
}
