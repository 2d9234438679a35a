//! A server that follows a script: what it says and hears stands in the test, line by line, faults and all.

use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A test that hangs is a test that fails; nothing is measured by this.
const FOREVER: Duration = Duration::from_secs(20);

pub struct Scripted {
    pub port: u16,
    task: JoinHandle<()>,
}

/// The door of a scripted server: each [`Door::next`] is one connection of the client.
pub struct Door(TcpListener);

/// One connection, from the server's side. Dropping it closes it.
pub struct Peer {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Scripted {
    pub async fn start<Script, Running>(script: Script) -> Scripted
    where
        Script: FnOnce(Door) -> Running,
        Running: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Scripted { port, task: tokio::spawn(script(Door(listener))) }
    }

    /// Waits until the script has come to its end, and fails if it met something it does not hold.
    pub async fn followed(self) {
        timeout(FOREVER, self.task).await.expect("the script is waiting for something that the client never said").unwrap();
    }
}

impl Door {
    pub async fn next(&self) -> Peer {
        let (stream, _) = timeout(FOREVER, self.0.accept()).await.expect("the client did not connect").unwrap();
        stream.set_nodelay(true).unwrap();
        Peer { stream, received: Vec::new() }
    }
}

impl Peer {
    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// As [`Peer::say`], to a client that may have hung up by now.
    pub async fn say_if_heard(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// One line, without its line end.
    pub async fn hear(&mut self) -> String {
        let end = loop {
            if let Some(end) = self.received.windows(2).position(|two| two == b"\r\n") {
                break end;
            }
            assert_ne!(self.receive().await, 0, "the client hung up; before: {:?}", String::from_utf8_lossy(&self.received));
        };
        let line: Vec<u8> = self.received.drain(..end + 2).take(end).collect();
        String::from_utf8(line).unwrap()
    }

    /// Exactly `count` bytes.
    pub async fn hear_bytes(&mut self, count: usize) -> Vec<u8> {
        while self.received.len() < count {
            assert_ne!(self.receive().await, 0, "the client hung up");
        }
        self.received.drain(..count).collect()
    }

    /// Everything up to and without a line with a single dot.
    pub async fn hear_letter(&mut self) -> String {
        let mut letter = String::new();
        loop {
            let line = self.hear().await;
            if line == "." {
                return letter;
            }
            letter.push_str(&line);
            letter.push('\n');
        }
    }

    /// Waits until the client hangs up, and gives what it still said.
    pub async fn hear_the_end(&mut self) -> String {
        while self.receive().await > 0 {}
        String::from_utf8_lossy(&std::mem::take(&mut self.received)).into_owned()
    }

    async fn receive(&mut self) -> usize {
        let mut block = [0; 4096];
        let reading = timeout(FOREVER, self.stream.read(&mut block));
        // A connection that the client reset is as closed as any.
        let count = reading.await.expect("the client says nothing and does not hang up").unwrap_or(0);
        self.received.extend_from_slice(&block[..count]);
        count
    }

    /// SMTP: hears a line that begins with `command` and says `reply`.
    pub async fn reply(&mut self, command: &str, reply: &str) {
        let heard = self.hear().await;
        assert!(heard.starts_with(command), "expected {command}, heard {heard:?}");
        self.say(format!("{reply}\r\n")).await;
    }

    /// SMTP: greets, and answers EHLO with these extensions.
    pub async fn greet(&mut self, extensions: &[&str]) {
        self.say("220 mx.requests.example ESMTP\r\n").await;
        let mut lines = vec!["mx.requests.example"];
        lines.extend(extensions);
        let last = lines.len() - 1;
        let text: Vec<String> =
            lines.iter().enumerate().map(|(at, line)| format!("250{}{line}", if at == last { ' ' } else { '-' })).collect();
        self.reply("EHLO npm.example", &text.join("\r\n")).await;
    }

    /// SMTP: accepts everything up to the permission to send.
    pub async fn accept_envelope(&mut self) {
        self.reply("MAIL FROM:", "250 2.1.0 Ok").await;
        self.reply("RCPT TO:", "250 2.1.5 Ok").await;
        self.reply("DATA", "354 go ahead").await;
    }

    /// IMAP: hears a command that begins with `command`, says `data` line by line and then the end with its tag; gives what came after `command`.
    pub async fn answer(&mut self, command: &str, data: &[&str], end: &str) -> String {
        let (tag, rest) = self.command(command).await;
        for line in data {
            self.say(format!("{line}\r\n")).await;
        }
        self.say(format!("{tag} {end}\r\n")).await;
        rest
    }

    /// IMAP: hears a command that begins with `command`; gives its tag and the rest.
    pub async fn command(&mut self, command: &str) -> (String, String) {
        let heard = self.hear().await;
        let (tag, rest) = heard.split_once(' ').unwrap();
        let rest = rest.strip_prefix(command).unwrap_or_else(|| panic!("expected {command}, heard {heard:?}"));
        (tag.to_owned(), rest.trim().to_owned())
    }

    /// IMAP: greets and lets the client log in.
    pub async fn let_in(&mut self, capabilities: &str) {
        self.say(format!("* OK [CAPABILITY IMAP4rev1 {capabilities}] ready\r\n")).await;
        self.answer("LOGIN \"desk\" \"hunter2\"", &[], &format!("OK [CAPABILITY IMAP4rev1 {capabilities}] in")).await;
    }

    /// IMAP: lets the client log in and select INBOX.
    pub async fn open(&mut self, capabilities: &str, uid_validity: u32, exists: u32) {
        self.let_in(capabilities).await;
        let exists = format!("* {exists} EXISTS");
        let validity = format!("* OK [UIDVALIDITY {uid_validity}] valid");
        self.answer("SELECT \"INBOX\"", &["* FLAGS (\\Seen \\Deleted)", &exists, &validity], "OK [READ-WRITE] selected").await;
    }
}
