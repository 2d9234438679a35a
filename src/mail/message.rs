//! A mail as a bounded tree of owned values: the one shape that bounce readers, kind rules and quote rules look at.
//!
//! Considered instead: to use `mail_parser::Message` everywhere. Its faults (last From wins, cut base64 left undecoded, recursion without bound)
//! would then have to be known in every room.

/// A header as it stood in the mail: the name as written, the value unfolded, bytes that are not UTF-8 read as windows-1252, encoded words
/// (RFC 2047) *not* yet decoded. See [`Headers::text`] for the decoded form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub name: String,
    pub value: String,
}

/// The headers of a mail or a part, in order, duplicates kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<Header>);

impl Headers {
    /// The first header of that name, without regard to case: the one DKIM verifiers and people's mail clients see.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.trim())
    }

    /// Every header of that name, top to bottom.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.trim())
    }

    /// The first header of that name with its encoded words decoded (RFC 2047), without control characters.
    pub fn text(&self, name: &str) -> Option<String> {
        self.first(name).map(super::parse::encoded_words::decode)
    }

    pub fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }
}

/// A mailbox as written in an address header: display name decoded, address lower-cased in its domain only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Mailbox {
    pub name: Option<String>,
    pub address: Option<String>,
}

/// One mail, or one mail inside another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    pub headers: Headers,
    pub root: Part,
    /// What was damaged and how it was read all the same, in plain sentences.
    pub problems: Vec<String>,
}

/// A MIME part (RFC 2045), transfer encoding undone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The part's own headers; of the root part, those of the message that start with `Content-`.
    pub headers: Headers,
    /// Lower case, `text/plain` where none was given (RFC 2045 §5.2).
    pub content_type: String,
    /// Parameters of the content type, names in lower case, values decoded (RFC 2231).
    pub parameters: Vec<(String, String)>,
    /// Lower case: `attachment`, `inline`, or none.
    pub disposition: Option<String>,
    /// The file name, decoded, from Content-Disposition or Content-Type, control characters and path separators taken out.
    pub name: Option<String>,
    pub body: Body,
    /// Of a text that is a file rather than a body: its bytes before the charset was undone, so that size and hash are the file's own.
    pub file: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Text, decoded from its charset; line ends are `\n`.
    Text(String),
    /// Anything else, transfer encoding undone.
    Bytes(Vec<u8>),
    Multipart(Vec<Part>),
    /// message/rfc822 and its kin, opened; the bytes it was read from are kept for hashing and saving.
    Message {
        message: Box<Message>,
        raw: Vec<u8>,
    },
}

impl Default for Body {
    fn default() -> Self {
        Body::Text(String::new())
    }
}

impl Part {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn is(&self, content_type: &str) -> bool {
        self.content_type == content_type
    }

    /// This part and all below it, in the order they stand in the mail, without going into enclosed messages. Bounded by the parser.
    pub fn walk(&self) -> Vec<&Part> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(part) = open.pop() {
            found.push(part);
            if let Body::Multipart(parts) = &part.body {
                open.extend(parts.iter().rev());
            }
        }
        found
    }

    /// The part as a file, transfer encoding undone; nothing of a multipart.
    pub fn bytes(&self) -> &[u8] {
        match (&self.file, &self.body) {
            (Some(file), _) => file,
            (None, Body::Text(text)) => text.as_bytes(),
            (None, Body::Bytes(bytes) | Body::Message { raw: bytes, .. }) => bytes,
            (None, Body::Multipart(_)) => &[],
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Message {
    /// Messages enclosed at any depth (RFC 2046 §5.2.1), outermost first, each once. The depth is bounded by the parser.
    pub fn enclosed(&self) -> Vec<&Message> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(message) = open.pop() {
            for part in message.root.walk() {
                if let Body::Message { message, .. } = &part.body {
                    found.push(&**message);
                    open.push(message);
                }
            }
        }
        found
    }
}
