//! Understanding of untrusted mail where it cannot hurt: a worker process of our own, kept alive between mails, with limits on CPU, memory and
//! files, killed when one mail takes too long, and started anew.
//!
//! Considered instead: a thread. A stack overflow or an exhausted memory would take the daemon with it, and on restart the same mail would do it
//! again (design, promise 1: what cannot be parsed is visible, with a state).

use super::worker_protocol::{self as protocol, Answer, LARGEST_MAIL, PREFIX, Request};
use crate::mail::Understood;
use crate::mail::authenticity::{Authenticity, DnsAnswers, Questions};
use std::collections::VecDeque;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// The program that knows the hidden command `parse-worker`: this one.
    pub program: PathBuf,
    /// How long one mail may take before the worker is killed.
    pub time_limit: Duration,
    /// Address space of the worker besides its stack, in bytes.
    pub memory_limit: u64,
    /// The office's own phrases, if it has any.
    pub phrases: Option<PathBuf>,
}

impl WorkerOptions {
    /// This program with 10 seconds a mail and 1 GiB. It is not named by the path of its file: an upgrade may have replaced that file while
    /// the daemon runs, and a worker of another version may speak another protocol.
    ///
    /// # Errors
    ///
    /// Where there is no `/proc`, and the system cannot say where the file of this program is.
    pub fn of_this_program() -> io::Result<WorkerOptions> {
        let program = PathBuf::from("/proc/self/exe");
        let program = if program.exists() { program } else { std::env::current_exe()? };
        Ok(WorkerOptions { program, time_limit: Duration::from_secs(10), memory_limit: 1 << 30, phrases: None })
    }
}

/// Bytes: the most that Linux gives to anybody (`/proc/sys/fs/pipe-max-size`).
const PIPE: usize = 1 << 20;

/// Why a mail was not understood. The mail itself is unharmed; the next one is understood by a new worker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkerFault {
    #[error("reading the mail took more than {} seconds and was given up", .0.as_secs())]
    TimedOut(Duration),
    #[error("the worker that reads mail was ended by signal {0} (out of memory, of CPU time, or a crash)")]
    Killed(i32),
    #[error("the worker that reads mail ended itself (exit code {0:?})")]
    Ended(Option<i32>),
    #[error("the mail is {0} bytes large; mails of more than {LARGEST_MAIL} bytes are not read")]
    TooLarge(usize),
    #[error("the worker answered what nobody asked: {0}")]
    Garbled(String),
    #[error("the worker could not be started: {0}")]
    NotStarted(String),
}

/// One worker process, or the promise of one: it is started with the first mail and again after each fault.
pub struct Worker {
    options: WorkerOptions,
    running: Option<Running>,
}

struct Running {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Worker {
    pub fn start(options: WorkerOptions) -> Worker {
        Worker { options, running: None }
    }

    /// Understands one mail.
    ///
    /// # Errors
    ///
    /// [`WorkerFault`]: the mail is too large for a worker, reading it took too long or ended the worker, the worker could not be started, or its
    /// answer cannot be read or is to another request.
    pub async fn understand(&mut self, raw: &[u8]) -> Result<Understood, WorkerFault> {
        match self.ask(&Request::Understand, raw).await? {
            Answer::Understood(understood) => Ok(*understood),
            _ => Err(unasked()),
        }
    }

    /// The names whose TXT records [`Worker::understand_and_authenticate`] needs.
    ///
    /// # Errors
    ///
    /// [`WorkerFault`]: the mail is too large for a worker, reading it took too long or ended the worker, the worker could not be started, or its
    /// answer cannot be read or is to another request.
    pub async fn names_to_ask(&mut self, raw: &[u8]) -> Result<Questions, WorkerFault> {
        match self.ask(&Request::NamesToAsk, raw).await? {
            Answer::NamesToAsk(names) => Ok(names),
            _ => Err(unasked()),
        }
    }

    /// Understands one mail and tells who wrote it, by what the DNS said (nothing, where the office does not ask it) and what the office's own
    /// servers wrote down.
    ///
    /// # Errors
    ///
    /// [`WorkerFault`]: the mail is too large for a worker, reading it took too long or ended the worker, the worker could not be started, or its
    /// answer cannot be read or is to another request.
    pub async fn understand_and_authenticate(
        &mut self,
        raw: &[u8],
        answers: DnsAnswers,
        own_servers: &[String],
    ) -> Result<(Understood, Authenticity), WorkerFault> {
        match self.ask(&Request::UnderstandAndAuthenticate { answers, own_servers: own_servers.to_vec() }, raw).await? {
            Answer::Authenticated(understood, authenticity) => Ok((*understood, *authenticity)),
            _ => Err(unasked()),
        }
    }

    /// One request and its answer. After a fault the worker is gone; the next request starts another.
    ///
    /// # Errors
    ///
    /// [`WorkerFault`]: the mail is too large for a worker, reading it took too long or ended the worker, the worker could not be started, or its
    /// answer cannot be read.
    pub async fn ask(&mut self, request: &Request, raw: &[u8]) -> Result<Answer, WorkerFault> {
        let mut answers = self.ask_all(request, &[raw]).await;
        answers.pop().unwrap_or_else(|| Err(WorkerFault::Garbled("no answer".to_owned())))
    }

    /// Understands many mails without waiting for each before the next is given to it; results in the order of the mails. A mail that kills the
    /// worker costs only itself: the rest goes to a new one.
    ///
    /// # Errors
    ///
    /// For each mail by itself, [`WorkerFault`]: the mail is too large for a worker, reading it took too long or ended the worker, the worker
    /// could not be started, or its answer cannot be read or is to another request. Where no worker can be started, that is the error of all that
    /// are left.
    pub async fn understand_all<M: AsRef<[u8]>>(&mut self, mails: &[M]) -> Vec<Result<Understood, WorkerFault>> {
        let answers = self.ask_all(&Request::Understand, mails).await;
        let understood = |answer| match answer {
            Answer::Understood(understood) => Ok(*understood),
            _ => Err(unasked()),
        };
        answers.into_iter().map(|answer| answer.and_then(understood)).collect()
    }

    async fn ask_all<M: AsRef<[u8]>>(&mut self, request: &Request, mails: &[M]) -> Vec<Result<Answer, WorkerFault>> {
        let mut results = Vec::with_capacity(mails.len());
        let mut started_in_vain = 0;
        while results.len() < mails.len() {
            // What is too large is never sent, so the answers up to the next such mail are one run.
            let rest = &mails[results.len()..];
            if let Some(size) = rest.first().map(|mail| mail.as_ref().len()).filter(|size| *size > LARGEST_MAIL) {
                results.push(Err(WorkerFault::TooLarge(size)));
                continue;
            }
            let run = rest.iter().take_while(|mail| mail.as_ref().len() <= LARGEST_MAIL).map(AsRef::as_ref).collect();
            let before = results.len();
            if let Err(fault) = self.run(request, run, &mut results).await {
                self.running = None;
                if let WorkerFault::NotStarted(_) = fault {
                    results.resize_with(mails.len(), || Err(fault.clone()));
                    break;
                }
                // A worker kept from before may have died since without this mail's doing: it gets one more.
                let idle_death =
                    results.len() == before && started_in_vain == 0 && matches!(fault, WorkerFault::Killed(_) | WorkerFault::Ended(_));
                if idle_death {
                    started_in_vain += 1;
                } else {
                    results.push(Err(fault));
                }
            }
        }
        results
    }

    /// Writes requests and reads their answers side by side; adds the answers. A fault belongs to the first mail without an answer.
    async fn run(
        &mut self,
        request: &Request,
        mails: VecDeque<&[u8]>,
        results: &mut Vec<Result<Answer, WorkerFault>>,
    ) -> Result<(), WorkerFault> {
        let time_limit = self.options.time_limit;
        let running = self.running().await?;
        let expected = mails.len();
        let Running { child, to, from } = running;
        let writing = async {
            for mail in mails {
                to.write_all(&protocol::head(request, mail.len())?).await?;
                to.write_all(mail).await?;
            }
            to.flush().await
        };
        let reading = async {
            for _ in 0..expected {
                match tokio::time::timeout(time_limit, answer(from)).await {
                    Err(_) => return Err(Some(WorkerFault::TimedOut(time_limit))),
                    Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                        return Err(Some(WorkerFault::Garbled(error.to_string())));
                    }
                    Ok(Err(_)) => return Err(None),
                    Ok(Ok(answer)) => results.push(Ok(answer)),
                }
            }
            Ok(())
        };
        tokio::pin!(writing);
        tokio::pin!(reading);
        let mut written = false;
        let outcome = loop {
            tokio::select! {
                outcome = &mut reading => break outcome,
                // A pipe that breaks means that the worker is gone; the reader learns it as well, after the answers still on their way.
                _ = &mut writing, if !written => written = true,
            }
        };
        match outcome {
            Ok(()) => Ok(()),
            Err(Some(fault)) => {
                // The kill cannot fail in a way that matters: the process is ours, and dropping it kills it again.
                let _ = child.kill().await;
                Err(fault)
            }
            Err(None) => Err(ended(child).await),
        }
    }

    /// The worker, started if there is none. One that does not come so far as to say that it is ready could read no mail, so that is no mail's
    /// fault.
    async fn running(&mut self) -> Result<&mut Running, WorkerFault> {
        if let Some(running) = self.running.take() {
            return Ok(self.running.insert(running));
        }
        let mut running = self.spawn().map_err(|error| WorkerFault::NotStarted(error.to_string()))?;
        match tokio::time::timeout(self.options.time_limit, answer(&mut running.from)).await {
            Ok(Ok(Answer::Ready)) => Ok(self.running.insert(running)),
            Ok(Ok(_)) => Err(WorkerFault::NotStarted("it answered before it was asked".to_owned())),
            Ok(Err(_)) => Err(WorkerFault::NotStarted(format!("{}; has it enough memory?", ended(&mut running.child).await))),
            Err(_) => Err(WorkerFault::NotStarted(format!("not ready after {} seconds", self.options.time_limit.as_secs()))),
        }
    }

    fn spawn(&self) -> io::Result<Running> {
        let mut child = Command::new(&self.options.program)
            .arg("parse-worker")
            .arg(format!("--memory={}", self.options.memory_limit))
            .args(self.options.phrases.iter().flat_map(|file| ["--phrases".as_ref(), file.as_os_str()]))
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What a dying worker says may hold words of a letter: it never reaches a log.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else { return Err(io::ErrorKind::BrokenPipe.into()) };
        // So that the worker has mails at hand while we write to the register. Where the system refuses, it is only slower.
        let _ = rustix::pipe::fcntl_setpipe_size(&to, PIPE);
        let _ = rustix::pipe::fcntl_setpipe_size(&from, PIPE);
        Ok(Running { child, to, from: BufReader::with_capacity(1 << 16, from) })
    }
}

fn unasked() -> WorkerFault {
    WorkerFault::Garbled("an answer to another request".to_owned())
}

async fn answer(from: &mut BufReader<ChildStdout>) -> io::Result<Answer> {
    let mut prefix = [0; PREFIX];
    from.read_exact(&mut prefix).await?;
    let (head, raw) = protocol::lengths(prefix)?;
    let mut body = vec![0; head + raw];
    from.read_exact(&mut body).await?;
    body.truncate(head);
    // Only what is wrong and where: the error itself may quote the letter.
    let told = |error: serde_json::Error| format!("{:?} error at byte {} of {head}", error.classify(), error.column());
    serde_json::from_slice(&body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, told(error)))
}

/// How a worker came to its end. It has closed its side, so it ends at once or is made to.
async fn ended(child: &mut Child) -> WorkerFault {
    let status = match tokio::time::timeout(Duration::from_secs(1), child.wait()).await {
        Ok(status) => status,
        Err(_) => {
            let _ = child.kill().await;
            child.wait().await
        }
    };
    match status {
        Ok(status) => status.signal().map_or(WorkerFault::Ended(status.code()), WorkerFault::Killed),
        Err(_) => WorkerFault::Ended(None),
    }
}
