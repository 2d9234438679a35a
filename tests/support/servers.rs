//! Starting and stopping real servers with the scripts under `tests/servers/`.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// The scripts' folder.
fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers")
}

/// Fails, saying what to do, if one of the `programs` is missing: a test that needs a server and has none has not passed.
pub fn need(programs: &[&str]) {
    let places = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    let missing: Vec<&&str> =
        programs.iter().filter(|program| !places.iter().any(|place| Path::new(place).join(program).exists())).collect();
    let packages = include_str!("../servers/packages").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(missing.is_empty(), "missing: {missing:?}. Run tests/run as root, which installs them, or: apt-get install {packages}");
}

/// Where the kernel does not take the ports of outgoing connections from (`net.ipv4.ip_local_port_range` begins at 32768), so that a server that
/// is stopped finds its port free when it starts again.
const PORTS: std::ops::Range<u32> = 20_000..32_000;

/// Ports that nobody listens on at the moment, and that no other test of this process is given.
pub fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    static DRAWN: AtomicU32 = AtomicU32::new(0);
    // Other test binaries may run beside this one.
    let first = std::process::id().wrapping_mul(97);
    let mut drawn = std::iter::repeat_with(|| first.wrapping_add(DRAWN.fetch_add(1, Ordering::Relaxed)))
        .take(PORTS.len())
        .map(|number| u16::try_from(PORTS.start + number % (PORTS.end - PORTS.start)).unwrap())
        .filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    std::array::from_fn(|_| drawn.next().expect("a free port"))
}

/// Runs one of the scripts; the error is what it said.
pub fn run(script: &str, action: &str, folder: &Path, ports: &[u16]) -> Result<(), String> {
    let mut command = Command::new(scripts().join(script));
    command.arg(action).arg(folder).args(ports.iter().map(u16::to_string));
    let output = command.output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// Starts a server on free ports. Another program may take a port before the server does, so it is tried with others.
pub fn start<const COUNT: usize>(script: &str, folder: &Path, given: &[u16]) -> [u16; COUNT] {
    let mut said = String::new();
    for _ in 0..3 {
        let ports = free_ports::<COUNT>();
        match run(script, "start", folder, &[&ports[..], given].concat()) {
            Ok(()) => return ports,
            Err(error) => said = error,
        }
        let _ = run(script, "stop", folder, &[]);
    }
    panic!("{script} does not start: {said}");
}
