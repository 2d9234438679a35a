//! The office's own mail server as a script: what it answers to each command may change from one pass to the next.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::desk::Desk;

/// The answers that differ from "250 ok", by the beginning of the command: the first that fits. An empty answer hangs up.
pub type Answers = Vec<(&'static str, &'static str)>;

pub struct Relay {
    port: u16,
    answers: Arc<Mutex<Answers>>,
    /// The recipients of each letter whose last dot was heard.
    taken: Arc<Mutex<Vec<String>>>,
    /// Every MAIL command.
    asked: Arc<Mutex<usize>>,
}

impl Relay {
    pub fn open(answers: Answers) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Relay {
            port: listener.local_addr().unwrap().port(),
            answers: Arc::new(Mutex::new(answers)),
            taken: Arc::default(),
            asked: Arc::default(),
        };
        let (answers, taken, asked) = (Arc::clone(&relay.answers), Arc::clone(&relay.taken), Arc::clone(&relay.asked));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // A client that hangs up ends its conversation and no other.
                let _ = converse(stream, &answers, &taken, &asked);
            }
        });
        relay
    }

    pub fn says(&self, answers: Answers) {
        *self.answers.lock().unwrap() = answers;
    }

    /// To whom letters were taken, in order; a letter whose acceptance was not heard is among them.
    pub fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    /// How many letters were begun.
    pub fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }

    /// A workspace whose letters leave by this server.
    pub fn serves(&self, desk: &Desk) {
        let way = format!("kind = \"smtp\"\nhost = \"127.0.0.1\"\ntls = \"none\"\nport = {}", self.port);
        desk.change("kind = \"maildir\"\npath = \"mail/out\"", &way);
    }
}

fn converse(stream: TcpStream, answers: &Mutex<Answers>, taken: &Mutex<Vec<String>>, asked: &Mutex<usize>) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    out.write_all(b"220 relay.example\r\n")?;
    let (mut recipient, mut in_letter) = (String::new(), false);
    for line in BufReader::new(stream).lines() {
        let line = line?;
        let said = if in_letter { if line == "." { "." } else { continue } } else { line.as_str() };
        if said.starts_with("MAIL") {
            *asked.lock().unwrap() += 1;
        }
        if let Some(address) = said.strip_prefix("RCPT TO:<") {
            recipient = address.split('>').next().unwrap_or_default().to_owned();
        }
        let known = answers.lock().unwrap().iter().find(|(beginning, _)| said.starts_with(beginning)).map(|(_, answer)| *answer);
        if said == "." && known.is_none_or(|answer| answer.is_empty() || answer.starts_with('2')) {
            taken.lock().unwrap().push(recipient.clone());
        }
        let answer = match known {
            Some("") => return Ok(()),
            Some(answer) => answer,
            None if said == "DATA" => "354 go on",
            None => "250 ok",
        };
        in_letter = answer.starts_with("354");
        out.write_all(format!("{answer}\r\n").as_bytes())?;
    }
    Ok(())
}
