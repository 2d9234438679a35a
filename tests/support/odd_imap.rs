//! An IMAP server with a mailbox of its own that does what it should, but for what a test has it answer otherwise.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What it answers to a command in place of what it should: lines, with `{tag}` where the tag belongs. None for what it should.
type Odd = Box<dyn FnMut(&str, &State) -> Option<String> + Send>;

pub struct State {
    pub uid_next: u32,
    /// Ascending UIDs and what stands under them.
    pub mails: Vec<(u32, String)>,
    odd: Option<Odd>,
}

/// Ends with the process.
pub struct OddImap {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl OddImap {
    pub fn start() -> OddImap {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State { uid_next: 1, mails: Vec::new(), odd: None }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                // A client that hangs up ends its thread with an error that nobody needs.
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        OddImap { port, state }
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    pub fn deliver(&self, mail: impl Into<String>) -> u32 {
        self.change(|state| {
            let uid = state.uid_next;
            state.uid_next += 1;
            state.mails.push((uid, mail.into()));
            uid
        })
    }

    /// Somebody moves a mail to another folder.
    pub fn take_away(&self, uid: u32) {
        self.change(|state| state.mails.retain(|(theirs, _)| *theirs != uid));
    }

    pub fn answer_oddly(&self, odd: impl FnMut(&str, &State) -> Option<String> + Send + 'static) {
        self.change(|state| state.odd = Some(Box::new(odd)));
    }

    pub fn answer_well(&self) {
        self.change(|state| state.odd = None);
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(600)))?;
    let mut writer = stream.try_clone()?;
    writer.write_all(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        let answer = {
            let mut state = state.lock().unwrap();
            let mut odd = state.odd.take();
            let said = odd.as_mut().and_then(|odd| odd(command, &state)).unwrap_or_else(|| state.answer(command));
            state.odd = odd;
            said
        };
        writer.write_all(answer.replace("{tag}", tag).as_bytes())?;
        if command == "LOGOUT" {
            break;
        }
    }
    Ok(())
}

impl State {
    /// What a server should say.
    pub fn answer(&self, command: &str) -> String {
        let mut said = String::new();
        if let Some(criteria) = command.strip_prefix("UID SEARCH UID ") {
            let found: Vec<String> = self.found(criteria).map(|(_, (uid, _))| uid.to_string()).collect();
            said = format!("* SEARCH {}", found.join(" ")).trim_end().to_owned() + "\r\n";
        } else if let Some(rest) = command.strip_prefix("UID FETCH ") {
            let (set, items) = rest.split_once(' ').unwrap();
            for (at, (uid, mail)) in self.found(set) {
                let data = if items.contains("BODY.PEEK") {
                    format!(" BODY[]<0> {{{}}}\r\n{mail}", mail.len())
                } else if items.contains("RFC822.SIZE") {
                    format!(" RFC822.SIZE {} INTERNALDATE \"04-Mar-2041 10:00:00 +0000\"", mail.len())
                } else {
                    String::new()
                };
                said += &format!("* {} FETCH (UID {uid}{data})\r\n", at + 1);
            }
        } else if command.starts_with("SELECT") || command.starts_with("EXAMINE") {
            said = format!("* {} EXISTS\r\n* OK [UIDVALIDITY 9] valid\r\n* OK [UIDNEXT {}] next\r\n", self.mails.len(), self.uid_next);
        } else if command == "CAPABILITY" {
            said = "* CAPABILITY IMAP4rev1\r\n".to_owned();
        } else if command == "LOGOUT" {
            said = "* BYE bye\r\n".to_owned();
        }
        said + "{tag} OK done\r\n"
    }

    /// The mails of a set of UIDs, with their places.
    fn found(&self, set: &str) -> impl Iterator<Item = (usize, &(u32, String))> {
        let last = self.mails.last().map_or(0, |(uid, _)| *uid);
        let number = |text: &str| if text == "*" { last } else { text.parse().unwrap() };
        let ranges: Vec<(u32, u32)> = set
            .split(',')
            .map(|range| {
                let (from, to) = range.split_once(':').unwrap_or((range, range));
                let (from, to) = (number(from), number(to));
                (from.min(to), from.max(to))
            })
            .collect();
        self.mails.iter().enumerate().filter(move |(_, (uid, _))| ranges.iter().any(|(from, to)| (from..=to).contains(&uid)))
    }
}
