//! A mail as Outlook saves it, or as somebody drags it into another ([MS-OXMSG]): a compound file of properties, .msg.
//!
//! Where the mail came by the Internet, its headers are among them as they came; where it was written in Outlook, they are made up from
//! what the properties say.

use super::compressed_rtf::uncompressed_rtf;
use super::{
    BINARY, EIGHT_BIT, File, MOST_FILES, Opened, PR_ATTACH_DATA, PR_ATTACH_FILENAME, PR_ATTACH_LONG_FILENAME, PR_ATTACH_MIME_TAG, PR_BODY,
    PR_BODY_HTML, PR_DISPLAY_NAME, PR_RTF_COMPRESSED, UNICODE, content_type, text, wide_text,
};
use crate::mail::compound::Compound;
use crate::mail::message::{Header, Headers};
use crate::mail::parse::headers;
use jiff::Timestamp;

const PR_SUBJECT: u16 = 0x0037;
const PR_CLIENT_SUBMIT_TIME: u16 = 0x0039;
const PR_SENT_REPRESENTING_NAME: u16 = 0x0042;
const PR_TRANSPORT_MESSAGE_HEADERS: u16 = 0x007d;
const PR_RECIPIENT_TYPE: u16 = 0x0c15;
const PR_SENDER_NAME: u16 = 0x0c1a;
const PR_SENDER_EMAIL_ADDRESS: u16 = 0x0c1f;
const PR_MESSAGE_DELIVERY_TIME: u16 = 0x0e06;
const PR_INTERNET_MESSAGE_ID: u16 = 0x1035;
const PR_INTERNET_REFERENCES: u16 = 0x1039;
const PR_IN_REPLY_TO_ID: u16 = 0x1042;
const PR_EMAIL_ADDRESS: u16 = 0x3003;
const PR_SMTP_ADDRESS: u16 = 0x39fe;
const PR_INTERNET_CPID: u16 = 0x3fde;
const PR_MESSAGE_CODEPAGE: u16 = 0x3ffd;
const PR_SENDER_SMTP_ADDRESS: u16 = 0x5d01;
const PR_SENT_REPRESENTING_SMTP_ADDRESS: u16 = 0x5d02;

/// [MS-OXMSG] §2.4: the properties of fixed length of the file, of one recipient or of one attachment.
const FIXED: &str = "__properties_version1.0";
const MOST_RECIPIENTS: usize = 500;
/// Properties of fixed length that are looked at in one storage.
const MOST_PROPERTIES: usize = 2_000;
/// Mails dragged into mails that were dragged into mails.
const DEEPEST: usize = 8;

pub struct Saved {
    pub headers: Headers,
    pub opened: Opened,
    /// Mails attached to it as Outlook's own.
    pub mails: Vec<Saved>,
}

/// None if this compound file is no mail, or damaged.
pub fn open(bytes: &[u8]) -> Option<Saved> {
    let mut file = Compound::open(bytes)?;
    // The head of the properties of fixed length: 32 bytes in the file itself, 24 in a mail within (§2.4.1.1, §2.4.1.2).
    file.has(&format!("/{FIXED}")).then(|| read(&mut file, "", 32, 0))
}

fn read(file: &mut Compound<'_>, path: &str, head: usize, depth: usize) -> Saved {
    let mut storage = Storage::of(file, path, head);
    let mut opened = Opened {
        text: storage.text(PR_BODY).filter(|text| !text.trim().is_empty()),
        html: storage.bytes(PR_BODY_HTML).or_else(|| storage.text(PR_BODY_HTML).map(String::into_bytes)),
        rtf: storage.bytes(PR_RTF_COMPRESSED).as_deref().and_then(uncompressed_rtf),
        files: Vec::new(),
    };
    let headers = storage.headers();
    let mut mails = Vec::new();
    for path in file.beginning_with(path, "__attach_version1.0_#", MOST_FILES) {
        let embedded = format!("{path}/{}", stream(PR_ATTACH_DATA, 0x000d));
        if file.has(&embedded) {
            if depth < DEEPEST {
                mails.push(read(file, &embedded, 24, depth + 1));
            }
            continue;
        }
        let mut storage = Storage::of(file, &path, 8);
        let named = [PR_ATTACH_LONG_FILENAME, PR_ATTACH_FILENAME, PR_DISPLAY_NAME].into_iter().find_map(|property| storage.text(property));
        let content_type = storage.text(PR_ATTACH_MIME_TAG).as_deref().and_then(content_type);
        let bytes = storage.bytes(PR_ATTACH_DATA).unwrap_or_default();
        opened.files.push(File { name: named, content_type, bytes });
    }
    Saved { headers, opened, mails }
}

/// The name of the stream that holds a property (§2.2.3).
fn stream(property: u16, kind: u16) -> String {
    format!("__substg1.0_{property:04X}{kind:04X}")
}

/// The properties of the mail, of one recipient or of one attachment.
struct Storage<'a, 'b> {
    file: &'a mut Compound<'b>,
    path: &'a str,
    fixed: Vec<u8>,
    code_page: u32,
}

impl<'a, 'b> Storage<'a, 'b> {
    /// `head`: bytes before the first property of fixed length.
    fn of(file: &'a mut Compound<'b>, path: &'a str, head: usize) -> Storage<'a, 'b> {
        let fixed = file.stream(&format!("{path}/{FIXED}")).unwrap_or_default();
        let fixed = fixed.get(head..).unwrap_or_default().to_vec();
        let mut storage = Storage { file, path, fixed, code_page: 1252 };
        let page = storage.number(PR_MESSAGE_CODEPAGE).or_else(|| storage.number(PR_INTERNET_CPID));
        storage.code_page = page.and_then(|page| u32::try_from(page & 0xffff).ok()).unwrap_or(1252);
        storage
    }

    fn text(&mut self, property: u16) -> Option<String> {
        let wide = self.file.stream(&format!("{}/{}", self.path, stream(property, UNICODE))).map(|bytes| wide_text(&bytes));
        let code_page = self.code_page;
        wide.or_else(|| Some(text(&self.file.stream(&format!("{}/{}", self.path, stream(property, EIGHT_BIT)))?, code_page)))
    }

    /// A text of one line that is not empty.
    fn line(&mut self, property: u16) -> Option<String> {
        let line: String = self.text(property)?.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
        (!line.trim().is_empty()).then(|| line.trim().to_owned())
    }

    fn bytes(&mut self, property: u16) -> Option<Vec<u8>> {
        self.file.stream(&format!("{}/{}", self.path, stream(property, BINARY)))
    }

    /// Type, identifier, flags, value (§2.4.2.1): sixteen bytes each.
    fn number(&self, property: u16) -> Option<u64> {
        let entry = self.fixed.chunks_exact(16).take(MOST_PROPERTIES).find(|entry| entry.get(2..4) == Some(&property.to_le_bytes()))?;
        entry.get(8..)?.first_chunk().map(|value| u64::from_le_bytes(*value))
    }

    /// The headers as they came, where they did; what they do not say, from the properties. Those of MIME belong to a body that is not here.
    fn headers(&mut self) -> Headers {
        let came = self.text(PR_TRANSPORT_MESSAGE_HEADERS).unwrap_or_default();
        let mut headers = headers::read(came.trim_start().as_bytes(), |_| false).headers;
        let of_mime = |name: &str| name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"));
        headers.0.retain(|header| !of_mime(&header.name));
        let written = [
            ("From", self.sender()),
            ("To", self.recipients(1)),
            ("Cc", self.recipients(2)),
            ("Subject", self.line(PR_SUBJECT)),
            ("Date", self.date()),
            ("Message-ID", self.line(PR_INTERNET_MESSAGE_ID)),
            ("In-Reply-To", self.line(PR_IN_REPLY_TO_ID)),
            ("References", self.line(PR_INTERNET_REFERENCES)),
        ];
        for (name, value) in written {
            if let (Some(value), false) = (value, headers.has(name)) {
                headers.0.push(Header { name: name.to_owned(), value });
            }
        }
        headers
    }

    fn sender(&mut self) -> Option<String> {
        let name = self.line(PR_SENT_REPRESENTING_NAME).or_else(|| self.line(PR_SENDER_NAME));
        // Within an organisation the address is one of Exchange's own (/O=…), which nobody outside can write to.
        let address = [PR_SENT_REPRESENTING_SMTP_ADDRESS, PR_SENDER_SMTP_ADDRESS, PR_SENDER_EMAIL_ADDRESS]
            .into_iter()
            .find_map(|property| self.line(property).filter(|address| address.contains('@')));
        mailbox(name, address)
    }

    /// `kind`: 1 for To, 2 for Cc ([MS-OXOMSG] §2.2.3.1).
    fn recipients(&mut self, kind: u64) -> Option<String> {
        let mut found = Vec::new();
        for path in self.file.beginning_with(self.path, "__recip_version1.0_#", MOST_RECIPIENTS) {
            let mut storage = Storage::of(self.file, &path, 8);
            if storage.number(PR_RECIPIENT_TYPE).map(|value| value & 0xf) != Some(kind) {
                continue;
            }
            let name = storage.line(PR_DISPLAY_NAME);
            let address = storage.line(PR_SMTP_ADDRESS).or_else(|| storage.line(PR_EMAIL_ADDRESS)).filter(|address| address.contains('@'));
            found.extend(mailbox(name, address));
        }
        (!found.is_empty()).then(|| found.join(", "))
    }

    /// When it was sent, else when it was delivered: hundreds of nanoseconds since 1601 ([MS-DTYP] §2.3.3).
    fn date(&self) -> Option<String> {
        let ticks = self.number(PR_CLIENT_SUBMIT_TIME).or_else(|| self.number(PR_MESSAGE_DELIVERY_TIME))?;
        let seconds = i64::try_from(ticks / 10_000_000).ok()? - 11_644_473_600;
        Timestamp::from_second(seconds).ok().map(|moment| moment.to_string())
    }
}

fn mailbox(name: Option<String>, address: Option<String>) -> Option<String> {
    let quoted = |name: String| format!("\"{}\"", name.replace(['"', '\\'], " "));
    match (name.filter(|name| Some(name) != address.as_ref()).map(quoted), address) {
        (Some(name), Some(address)) => Some(format!("{name} <{address}>")),
        (name, address) => address.or(name),
    }
}

#[cfg(test)]
mod tests {
    use super::{Saved, open};
    use crate::mail::compound::written;
    use crate::mail::understand;
    use crate::mail::understood::Kind;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    /// Properties of fixed length, behind a head of so many bytes.
    fn fixed(head: usize, properties: &[(u16, u16, u64)]) -> Vec<u8> {
        let mut bytes = vec![0; head];
        for (property, kind, value) in properties {
            bytes.extend([&kind.to_le_bytes()[..], &property.to_le_bytes(), &6u32.to_le_bytes(), &value.to_le_bytes()].concat());
        }
        bytes
    }

    /// A letter written in Outlook, with a document and a mail dragged into it.
    fn dragged() -> Vec<u8> {
        // 2041-03-04T09:00:05Z.
        let sent = (2_246_000_405 + 11_644_473_600) * 10_000_000;
        written(&[
            ("/__properties_version1.0", fixed(32, &[(0x3ffd, 3, 1250), (0x0039, 0x40, sent)])),
            ("/__substg1.0_0037001F", wide("Odpověď NPM-2041-0007")),
            ("/__substg1.0_0042001F", wide("Ředitel \"věznice\"")),
            ("/__substg1.0_0C1F001F", wide("/O=MINISTRY/CN=REDITEL")),
            ("/__substg1.0_5D02001F", wide("reditel@prison.example")),
            ("/__substg1.0_1000001E", b"Doporu\xe8en\xed p\xf8ij\xedm\xe1me.\r\n\0".to_vec()),
            ("/__substg1.0_1035001F", wide("<odpoved@prison.example>")),
            ("/__substg1.0_1042001F", wide("<npm-7@requests.example>")),
            ("/__recip_version1.0_#00000000/__properties_version1.0", fixed(8, &[(0x0c15, 3, 1)])),
            ("/__recip_version1.0_#00000000/__substg1.0_3001001F", wide("Desk")),
            ("/__recip_version1.0_#00000000/__substg1.0_39FE001F", wide("desk@requests.example")),
            ("/__recip_version1.0_#00000001/__properties_version1.0", fixed(8, &[(0x0c15, 3, 2)])),
            ("/__recip_version1.0_#00000001/__substg1.0_3003001F", wide("registry@prison.example")),
            ("/__attach_version1.0_#00000000/__properties_version1.0", fixed(8, &[])),
            ("/__attach_version1.0_#00000000/__substg1.0_37010102", b"Viz NPM-2041-0007.".to_vec()),
            ("/__attach_version1.0_#00000000/__substg1.0_3704001F", wide("OPATRE~1.TXT")),
            ("/__attach_version1.0_#00000000/__substg1.0_3707001F", wide("Opatření.txt")),
            ("/__attach_version1.0_#00000001/__substg1.0_3701000D/__properties_version1.0", fixed(24, &[])),
            ("/__attach_version1.0_#00000001/__substg1.0_3701000D/__substg1.0_0037001F", wide("Fwd: inspection")),
            ("/__attach_version1.0_#00000001/__substg1.0_3701000D/__substg1.0_1000001F", wide("The roof was mended.")),
        ])
    }

    #[test]
    fn a_mail_that_outlook_saved_is_read_like_the_mail_it_was() {
        let seen = understand(&dragged());
        assert_eq!(seen.kind, Kind::Letter);
        assert_eq!(seen.subject.as_deref(), Some("Odpověď NPM-2041-0007"));
        assert_eq!(seen.from[0].name.as_deref(), Some("Ředitel věznice"));
        assert_eq!(seen.from[0].address.as_deref(), Some("reditel@prison.example"));
        assert_eq!(seen.to[0].address.as_deref(), Some("desk@requests.example"));
        assert_eq!(seen.cc[0].address.as_deref(), Some("registry@prison.example"));
        assert_eq!(seen.date.as_deref(), Some("2041-03-04T09:00:05Z"));
        assert_eq!(seen.message_id.as_deref(), Some("odpoved@prison.example"));
        assert_eq!(seen.in_reply_to, ["npm-7@requests.example"]);
        assert_eq!(seen.reply.trim(), "Doporučení přijímáme.");
        assert_eq!(seen.attachments[0].name.as_deref(), Some("Opatření.txt"));
        assert_eq!(seen.attachments[0].text.as_deref(), Some("Viz NPM-2041-0007."));
        assert_eq!(seen.enclosed[0].subject.as_deref(), Some("Fwd: inspection"));
        assert_eq!(seen.enclosed[0].text, "The roof was mended.");
    }

    #[test]
    fn headers_that_came_by_the_internet_count_before_what_outlook_made_of_them() {
        let came = "Received: from a by b\r\n\t; Mon, 4 Mar 2041 09:00:00 +0100\r\nFrom: =?utf-8?q?Minist=C3=A8re?= <m@ministry.example>\r\nSubject: =?utf-8?q?R=C3=A9ponse?=\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n";
        let file = written(&[
            ("/__properties_version1.0", fixed(32, &[])),
            ("/__substg1.0_007D001F", wide(came)),
            ("/__substg1.0_0037001F", wide("something else")),
            ("/__substg1.0_1000001F", wide("Oui.")),
        ]);
        let seen = understand(&file);
        assert_eq!((seen.subject.as_deref(), seen.from[0].name.as_deref()), (Some("Réponse"), Some("Ministère")));
        assert_eq!(seen.text, ["Oui."]);
    }

    #[test]
    fn mails_within_mails_are_opened_to_a_depth() {
        let mut path = String::new();
        let mut streams = vec![("/__properties_version1.0".to_owned(), fixed(32, &[]))];
        for _ in 0..20 {
            path.push_str("/__attach_version1.0_#00000000/__substg1.0_3701000D");
            streams.push((format!("{path}/__properties_version1.0"), fixed(24, &[])));
        }
        let streams: Vec<(&str, Vec<u8>)> = streams.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
        let depth = |saved: Saved| {
            let mut depth = 0;
            let mut inner = saved.mails;
            while let Some(next) = inner.pop() {
                depth += 1;
                inner = next.mails;
            }
            depth
        };
        assert_eq!(depth(open(&written(&streams)).unwrap()), super::DEEPEST);
        assert!(open(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").is_none());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
        #[test]
        fn damage_anywhere_in_a_saved_mail_never_makes_it_panic(places in proptest::collection::vec((0usize..20_000, proptest::num::u8::ANY), 1..40)) {
            let mut bytes = dragged();
            for (at, byte) in places {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            understand(&bytes);
        }
    }
}
