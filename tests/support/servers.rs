//! Starting and stopping real servers with the scripts under `tests/servers/`.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// Ports that nobody listens on at the moment.
pub fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let held: [TcpListener; COUNT] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
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
