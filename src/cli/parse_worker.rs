//! `demarche parse-worker`: the child in which untrusted mail is read. Hidden: the daemon and `inspect` start it.
//!
//! Before the first byte of mail it gives up what it does not need: no new files, no file growth, no core dump, bounded memory, and CPU time
//! that is granted anew for each mail.

use crate::intake::worker_protocol::{self as protocol, Answer, Request};
use crate::mail::{self, authenticity, phrases};
use anyhow::Context;
use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// Stack of the thread that reads mail. Our own reader needs little; libraries for attachments may recurse.
const STACK: usize = 256 << 20;
/// CPU seconds granted a mail. The daemon kills earlier by the clock; this holds if the daemon is gone.
const CPU_SECONDS: u64 = 20;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Address space in bytes, besides the program itself and the stack.
    #[arg(long, default_value_t = 1 << 30)]
    memory: u64,
    /// Phrases of the office, added to the built-in ones.
    #[arg(long)]
    phrases: Option<PathBuf>,
}

/// Reads mails from standard input and answers on standard output until the other side hangs up; 20 seconds of CPU time for each.
///
/// # Errors
///
/// Where the file of phrases cannot be read or is faulty, the process cannot be limited, the reading thread cannot be started, or standard input
/// holds no request that can be read or standard output cannot be written. A panic of that thread is no error here: it gives exit code 1.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if let Some(file) = &arguments.phrases {
        let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        phrases::add(&text).map_err(|fault| anyhow::anyhow!("{}: {}", file.display(), fault.found))?;
    }
    let address_space = arguments.memory.saturating_add(STACK as u64).saturating_add(own_address_space());
    for (resource, most) in [(Resource::Core, 0), (Resource::As, address_space), (Resource::Fsize, 0)] {
        limit(resource, most)?;
    }
    let reader = std::thread::Builder::new()
        .name("reader".to_owned())
        .stack_size(STACK)
        .spawn(serve)
        .context("the reading thread could not be started")?;
    match reader.join() {
        Ok(result) => result.map(|()| ExitCode::SUCCESS),
        Err(_) => Ok(ExitCode::FAILURE),
    }
}

/// Bytes that this process has mapped before it reads anything, which differ from build to build (proc_pid_statm(5), first field).
fn own_address_space() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok().and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    pages.unwrap_or(0).saturating_mul(rustix::param::page_size() as u64)
}

fn limit(resource: Resource, most: u64) -> anyhow::Result<()> {
    let hard = getrlimit(resource).maximum.map_or(most, |hard| hard.min(most));
    setrlimit(resource, Rlimit { current: Some(hard), maximum: Some(hard) }).with_context(|| format!("{resource:?} could not be limited"))
}

fn serve() -> anyhow::Result<()> {
    // Opens files of the system, which it no longer could below.
    authenticity::prepare();
    limit(Resource::Nofile, 0)?;
    let mut from = io::BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut to = io::stdout().lock();
    protocol::write(&mut to, &Answer::Ready, &[])?;
    let mut raw = Vec::new();
    while let Some(request) = protocol::read::<Request>(&mut from, &mut raw)? {
        grant_cpu_time()?;
        let answer = match request {
            Request::Understand => Answer::Understood(Box::new(mail::understand(&raw))),
            Request::NamesToAsk => Answer::NamesToAsk(authenticity::needed(&raw)),
            Request::UnderstandAndAuthenticate { answers, own_servers } => {
                let judged = authenticity::verify(&raw, &answers, &own_servers);
                Answer::Authenticated(Box::new(mail::understand(&raw)), Box::new(judged))
            }
        };
        protocol::write(&mut to, &answer, &[])?;
    }
    Ok(())
}

/// The soft limit counts CPU time since the process began, so it moves ahead with each mail.
fn grant_cpu_time() -> anyhow::Result<()> {
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or_default();
    let maximum = getrlimit(Resource::Cpu).maximum;
    let current = maximum.map_or(used + CPU_SECONDS, |hard| hard.min(used + CPU_SECONDS));
    setrlimit(Resource::Cpu, Rlimit { current: Some(current), maximum }).context("CPU time could not be limited")
}
