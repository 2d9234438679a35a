//! First letters as they would be written, shown before anything is opened.

use super::assembling::open_templates;
use crate::config::Workspace;
use crate::domain::identity::RequestId;
use crate::domain::reply_address::ReplyAddresses;
use crate::outgoing::{LetterWriter, first_letter};
use crate::register::Reader;
use crate::render::{Renderer, TemplateFault};
use jiff::Timestamp;

pub struct Preview {
    renderer: Renderer,
    addresses: ReplyAddresses,
}

impl Preview {
    /// With the workspace's templates.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the templates.
    pub fn open(workspace: &Workspace) -> Result<Preview, Vec<TemplateFault>> {
        Ok(Preview { renderer: open_templates(workspace.templates.as_deref())?, addresses: workspace.addresses.clone() })
    }

    /// The bytes of a request's first letter, as it would be written at that time.
    ///
    /// # Errors
    ///
    /// Why it cannot be written: a template that trips over it, nobody to write to; or the register cannot be read.
    pub fn letter(&self, reader: &Reader, request: RequestId, written_at: Timestamp) -> Result<Vec<u8>, String> {
        if let Some(hold) = reader.first_letter_of(request, written_at).map_err(|error| error.to_string())?.unreachable {
            return Err(hold.why().to_owned());
        }
        let writer = LetterWriter { rules: reader.rules(), addresses: &self.addresses, renderer: &self.renderer };
        first_letter(&writer, reader, request, written_at).map_err(|fault| fault.to_string())
    }
}
