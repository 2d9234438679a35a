//! The MIME tree (RFC 2046) of one mail, found in a single pass over its lines with a stack of open boundaries.
//!
//! Considered instead: `mail-parser`'s tree. It scans to the end for each boundary that never comes (43 s of CPU for 5 MB) and recurses without
//! bound into enclosed messages (stack overflow at 50,000). Here every line is compared with at most [`DEEPEST_MULTIPART`] boundaries, enclosed
//! messages are opened to a fixed depth and within a budget of bytes, and whatever is beyond a limit stays a part that was not opened.
//!
//! This file and `part_content` call each other, as mail does: a tree has parts, and a part may hold a mail, which is a tree again.

use super::super::message::{Body, Headers, Message, Part};
use super::byte_lines::line;
use super::{headers, parameters, part_content, transfer};

/// Multiparts within multiparts; real mail reaches about ten.
const DEEPEST_MULTIPART: usize = 40;
/// Parts of one mail, enclosed mails included. What comes after is one part that was not opened.
const MOST_PARTS: usize = 5_000;
/// Headers of one mail with all its parts and enclosed mails.
const MOST_HEADERS_IN_ALL: usize = 50_000;
/// RFC 2046 §5.1.1 allows 70 characters; mailers have written longer ones.
const LONGEST_BOUNDARY: usize = 500;
/// A delimiter glued to the end of a line is believed only if it is this long or closes: a short one may be a word.
const UNMISTAKABLE: usize = 10;
/// Lines before the first boundary ("This is a multi-part message in MIME format.") in which one is looked for that the head does not name.
const MOST_PREAMBLE_LINES: usize = 10;
const MOST_PROBLEMS: usize = 50;

/// What is left to spend on one mail and all it encloses.
pub struct Budget {
    pub parts: usize,
    headers: usize,
    /// Bytes that may still be opened inside of parts: enclosed messages are copied once for every mail around them, archives unpacked.
    pub opened: usize,
}

impl Budget {
    pub fn new(size: usize) -> Budget {
        Budget { parts: MOST_PARTS, headers: MOST_HEADERS_IN_ALL, opened: size.saturating_mul(4).max(1 << 20) }
    }

    /// Reads a header block with what is left for headers.
    pub fn headers(&mut self, bytes: &[u8], ends: impl Fn(&[u8]) -> bool) -> headers::Block {
        let block = headers::read_at_most(self.headers.min(headers::MOST_HEADERS), bytes, ends);
        self.headers -= block.headers.0.len();
        block
    }

    /// Takes the bytes from the budget, if it holds them.
    pub fn spend(&mut self, bytes: usize) -> bool {
        let enough = bytes <= self.opened;
        if enough {
            self.opened -= bytes;
        }
        enough
    }
}

/// The head of a part: its headers and what they say.
pub struct Head {
    pub headers: Headers,
    pub content_type: String,
    pub parameters: Vec<(String, String)>,
    pub disposition: Option<String>,
    pub name: Option<String>,
    /// As [`transfer::name`] gives it; empty where none is named.
    pub encoding: String,
}

impl Head {
    pub fn read(headers: Headers, default_type: &str) -> Head {
        let typed = field(&headers, "Content-Type");
        let disposed = field(&headers, "Content-Disposition");
        let content_type = match typed.value.as_str() {
            value if sound_type(value) => value,
            // `multipart; boundary=…`: what it is, the boundary says.
            _ if parameters::named(&typed.parameters, "boundary").is_some() => "multipart/mixed",
            _ => default_type,
        }
        .to_owned();
        let named = |field: &parameters::Field, name: &str| parameters::named(&field.parameters, name).and_then(file_name);
        let name = named(&disposed, "filename")
            .or_else(|| named(&typed, "name"))
            .or_else(|| named(&typed, "filename"))
            .or_else(|| named(&disposed, "name"))
            .or_else(|| name_elsewhere(&headers, &content_type));
        let disposition = Some(disposed.value.clone()).filter(|disposition| !disposition.is_empty());
        let encoding = headers.first("Content-Transfer-Encoding").map(transfer::name).unwrap_or_default();
        Head { headers, content_type, parameters: typed.parameters, disposition, name, encoding }
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        parameters::named(&self.parameters, name)
    }

    fn boundary(&self) -> Option<&str> {
        let boundary = self.parameter("boundary")?.trim_end();
        (self.content_type.starts_with("multipart/") && !boundary.is_empty() && boundary.len() <= LONGEST_BOUNDARY).then_some(boundary)
    }

    pub fn part(self, body: Body) -> Part {
        Part {
            headers: self.headers,
            content_type: self.content_type,
            parameters: self.parameters,
            disposition: self.disposition,
            name: self.name,
            body,
            file: None,
        }
    }
}

/// What a header states. Scripts that add a second one of the name, to give the file's name, mean both.
fn field(headers: &Headers, name: &str) -> parameters::Field {
    const MOST: usize = 4;
    let mut fields = headers.all(name).take(MOST).map(parameters::read);
    let mut field = fields.next().unwrap_or_default();
    field.parameters.extend(fields.flat_map(|further| further.parameters));
    field
}

/// `type/subtype` of token characters (RFC 2045 §5.1); anything else counts as not said (§5.2).
fn sound_type(value: &str) -> bool {
    value.split_once('/').is_some_and(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/!#$&^_.+-*".contains(&byte))
}

/// The name of a file that stands in no parameter: the end of Content-Location (RFC 2557 §4) or the Content-Description, where they are a name
/// with an ending. A text so described is still a body.
fn name_elsewhere(headers: &Headers, content_type: &str) -> Option<String> {
    if ["text/", "multipart/", "message/"].iter().any(|kind| content_type.starts_with(kind)) {
        return None;
    }
    let ends = |name: &str| {
        let (stem, ending) = name.rsplit_once('.').unwrap_or_default();
        !stem.is_empty() && (2..=5).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let location = headers.text("Content-Location").unwrap_or_default();
    // Of a web address the path only: `https://www.authority.example` ends in no file.
    let path = location.split_once("://").map_or(location.as_str(), |(_, rest)| rest.split_once('/').unwrap_or_default().1);
    let last = path.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let description = headers.text("Content-Description").unwrap_or_default();
    [last, &description].into_iter().find(|name| ends(name)).and_then(file_name)
}

/// A name under which a part can be saved: no path (RFC 2183 §2.3), no separators, no control characters, none that turn the direction of
/// writing and hide an extension. None if nothing is left.
pub fn file_name(raw: &str) -> Option<String> {
    let path = raw.starts_with(['/', '\\']) || raw.contains("../") || raw.contains("..\\");
    let last = if path { raw.rsplit(['/', '\\']).next().unwrap_or_default() } else { raw };
    let turns = |character: &char| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let name: String = last.chars().filter(|one| !one.is_control() && !matches!(one, '/' | '\\') && !turns(one)).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Reads a message: headers, then the tree of its body. `depth` counts the messages around it.
pub fn message(raw: &[u8], depth: usize, budget: &mut Budget) -> Message {
    let block = budget.headers(raw, |_| false);
    let mut problems = block.problems;
    let own: Vec<_> = block.headers.0.iter().filter(|header| starts_with_content(&header.name)).cloned().collect();
    let head = Head::read(Headers(own), "text/plain");
    let body = raw.get(block.body..).unwrap_or_default();
    let root = entity(head, body, depth, budget, &mut problems);
    let mut told = Vec::new();
    for problem in problems {
        if told.len() < MOST_PROBLEMS && !told.contains(&problem) {
            told.push(problem);
        }
    }
    Message { headers: block.headers, root, problems: told }
}

/// Reads the body that belongs to a head: a tree, or one part.
pub fn entity(head: Head, body: &[u8], depth: usize, budget: &mut Budget, problems: &mut Vec<String>) -> Part {
    Walk { body, depth, budget, problems }.run(head)
}

fn starts_with_content(name: &str) -> bool {
    name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"))
}

/// A multipart whose end has not come yet.
struct Open {
    head: Head,
    boundary: Vec<u8>,
    children: Vec<Part>,
    /// After the closing delimiter: what follows belongs to nobody (RFC 2046 §5.1.1, epilogue).
    closed: bool,
}

struct Delimiter {
    /// Which of the open multiparts.
    level: usize,
    closes: bool,
    /// Where in the line it begins: 0, but for a delimiter glued to the last line of a part.
    at: usize,
}

struct Walk<'a, 'b> {
    body: &'a [u8],
    depth: usize,
    budget: &'b mut Budget,
    problems: &'b mut Vec<String>,
}

impl Walk<'_, '_> {
    fn run(mut self, root: Head) -> Part {
        match in_clear(&root).or_else(|| self.other_boundary(&root)) {
            Some(boundary) => self.by(boundary, root),
            None => self.leaf(root, self.body),
        }
    }

    /// The boundary that is there where the head names none, or one that never comes.
    fn other_boundary(&mut self, root: &Head) -> Option<Vec<u8>> {
        let found = root.content_type.starts_with("multipart/").then(|| visible_boundary(self.body)).flatten()?;
        self.problems.push("The boundary between the parts is not the one the head names; the one that is there was taken.".to_owned());
        Some(found.to_vec())
    }

    fn by(mut self, boundary: Vec<u8>, root: Head) -> Part {
        let mut open = vec![Open { head: root, boundary, children: Vec::new(), closed: false }];
        // The part being read: its head and where its body begins. None in a preamble or epilogue.
        let mut current: Option<(Head, usize)> = None;
        let mut at = 0;
        while at < self.body.len() {
            let (line, next) = line(self.body, at);
            let Some(delimiter) = delimiter(&open, line) else {
                at = next;
                continue;
            };
            let end = if delimiter.at == 0 { before_line_end(self.body, at) } else { at + delimiter.at };
            self.finish(current.take(), end, &mut open);
            while open.len() > delimiter.level + 1 {
                close(&mut open);
            }
            at = next;
            let Some(innermost) = open.last_mut() else { break };
            innermost.closed = delimiter.closes;
            if delimiter.closes {
                continue;
            }
            if self.budget.parts == 0 {
                self.problems.push(format!("The mail has more than {MOST_PARTS} parts; the rest was not opened."));
                let rest = Head::read(Headers::default(), "application/octet-stream");
                innermost.children.push(rest.part(Body::Bytes(self.body.get(at..).unwrap_or_default().to_vec())));
                break;
            }
            self.budget.parts -= 1;
            let default_type = if innermost.head.content_type == "multipart/digest" { "message/rfc822" } else { "text/plain" };
            let block = self.budget.headers(self.body.get(at..).unwrap_or_default(), |line| self::delimiter(&open, line).is_some());
            self.problems.extend(block.problems);
            at += block.body;
            let head = Head::read(block.headers, default_type);
            match in_clear(&head) {
                Some(boundary) if open.len() < DEEPEST_MULTIPART => {
                    open.push(Open { head, boundary, children: Vec::new(), closed: false });
                }
                _ => current = Some((head, at)),
            }
        }
        self.finish(current, self.body.len(), &mut open);
        while open.len() > 1 {
            close(&mut open);
        }
        let Some(root) = open.pop() else { return Part::default() };
        if root.children.is_empty() && !root.closed && !self.body.trim_ascii().is_empty() {
            // Ends: the boundary found stands at the head of a part.
            if let Some(boundary) = self.other_boundary(&root.head) {
                return self.by(boundary, root.head);
            }
            self.problems.push("The mail says it has several parts, but their boundary never comes; it was read as one text.".to_owned());
            return self.leaf(Head { content_type: "text/plain".to_owned(), ..root.head }, self.body);
        }
        if !root.closed && self.depth == 0 {
            self.problems.push("The closing boundary is missing: the mail may have been cut off.".to_owned());
        }
        root.head.part(Body::Multipart(root.children))
    }

    fn finish(&mut self, current: Option<(Head, usize)>, end: usize, open: &mut [Open]) {
        if let (Some((head, start)), Some(innermost)) = (current, open.last_mut()) {
            let part = self.leaf(head, self.body.get(start..end.max(start)).unwrap_or_default());
            innermost.children.push(part);
        }
    }

    fn leaf(&mut self, head: Head, bytes: &[u8]) -> Part {
        part_content::leaf(head, bytes, self.depth, self.budget, self.problems)
    }
}

/// Puts the innermost multipart among the children of the one around it.
fn close(open: &mut Vec<Open>) {
    if let Some(inner) = open.pop()
        && let Some(outer) = open.last_mut()
    {
        outer.children.push(inner.head.part(Body::Multipart(inner.children)));
    }
}

/// The boundary of a multipart whose parts stand in clear. Base64 around a multipart is forbidden (RFC 2045 §6.4) and sent all the same.
fn in_clear(head: &Head) -> Option<Vec<u8>> {
    let boundary = head.boundary()?;
    (head.encoding != "base64").then(|| boundary.as_bytes().to_vec())
}

/// A line `--x` near the top of a body with the header of a part below it, and `--x--` at the end of the parts.
fn visible_boundary(body: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    for _ in 0..MOST_PREAMBLE_LINES {
        let (text, next) = line(body, at);
        if let Some(boundary) = text.trim_ascii_end().strip_prefix(b"--")
            && (1..=LONGEST_BOUNDARY).contains(&boundary.len())
        {
            let (below, _) = line(body, next);
            let headed = below.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-"));
            let closing = [b"\n--", boundary, b"--"].concat();
            return (headed && memchr::memmem::find(body, &closing).is_some()).then_some(boundary);
        }
        at = next;
    }
    None
}

/// Which open multipart a line delimits, innermost first. Blanks after the delimiter are allowed (RFC 2046 §5.1.1).
fn delimiter(open: &[Open], line: &[u8]) -> Option<Delimiter> {
    if line.len() < 3 {
        return None;
    }
    let line = line.trim_ascii_end();
    if let Some(rest) = line.strip_prefix(b"--") {
        // One that is still open comes before one that was closed: some boundaries are beginnings of others.
        let of = |closed: bool| {
            let candidates = open.iter().enumerate().rev().filter(move |(_, multipart)| multipart.closed == closed);
            candidates
                .filter_map(|(level, multipart)| match rest.strip_prefix(multipart.boundary.as_slice())? {
                    [] => Some(Delimiter { level, closes: false, at: 0 }),
                    [b'-', b'-', ..] => Some(Delimiter { level, closes: true, at: 0 }),
                    _ => None,
                })
                .next()
        };
        if let Some(found) = of(false).or_else(|| of(true)) {
            return Some(found);
        }
    }
    // Glued to the last line of a part that did not end in a line end: binary parts of careless mailers.
    let (before, closes) = line.strip_suffix(b"--").map_or((line, false), |before| (before, true));
    open.iter().enumerate().rev().find_map(|(level, multipart)| {
        let (text, dashes) = before.strip_suffix(multipart.boundary.as_slice())?.split_last_chunk::<2>()?;
        let believed = dashes == b"--" && !text.is_empty() && (closes || multipart.boundary.len() >= UNMISTAKABLE);
        believed.then_some(Delimiter { level, closes, at: text.len() })
    })
}

/// The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
fn before_line_end(body: &[u8], at: usize) -> usize {
    match body.get(..at) {
        Some([.., b'\r', b'\n']) => at - 2,
        Some([.., b'\n']) => at - 1,
        _ => at,
    }
}
