//! Keeping the register: who may read it, its copies, and what is no register.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::desk::Desk;
use crate::folders::{minutes_on, monday};
use crate::support::sqlite;

fn answered() -> Desk {
    let desk = Desk::with_requests();
    desk.tick_at(monday());
    desk.deliver(minutes_on(1), desk.letters()[0].answered_by("alice@prisons.example", "Cells are aired."));
    desk.tick_at(minutes_on(2));
    desk
}

/// Everything under a folder that others than its owner can read.
fn open_to_others(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if entry.metadata().unwrap().permissions().mode() & 0o077 != 0 {
            found.push(path.display().to_string());
        }
        if kind.is_dir() {
            found.extend(open_to_others(&path));
        }
    }
    found
}

#[test]
fn register_secret_copies_and_letters_are_readable_by_their_owner_only_whatever_the_umask() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "umask 000 && demarche init w && cd w && printf 'name,email\\nPrison Service,a@prisons.example\\n' >a.csv &&
         printf 'reference,addressees,text,made_on\\n1,Prison Service,Air.,2041-03-01\\n' >r.csv && chmod 600 *.csv &&
         demarche import authorities a.csv && demarche import recommendations r.csv && demarche requests open --new &&
         demarche tick --at {} && demarche backup kept.sqlite && demarche verify",
        monday()
    );
    let program = Path::new(env!("CARGO_BIN_EXE_demarche")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let ran = Command::new("bash").args(["-c", &script]).current_dir(folder.path()).env("PATH", path).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(folder.path().join("w/mail/out/new").read_dir().unwrap().next().is_some(), "a letter has left");
    assert_eq!(open_to_others(&folder.path().join("w")), Vec::<String>::new());
}

#[test]
fn a_copy_is_sound_and_is_never_laid_over_another_file() {
    let desk = answered();
    desk.must(&["backup", "kept.sqlite"]);
    assert!(desk.must(&["restore", "--check", "kept.sqlite"]).contains("mails 1"));
    let before = fs::read(desk.file("kept.sqlite")).unwrap();
    let again = desk.run(&["backup", "kept.sqlite"]);
    assert!(again.code == Some(1) && again.err.contains("kept.sqlite"), "{}", again.err);
    assert_eq!(fs::read(desk.file("kept.sqlite")).unwrap(), before);
    let nowhere = desk.run(&["backup", "no/such/folder.sqlite"]);
    assert!(nowhere.code == Some(1) && nowhere.err.contains("no/such/folder.sqlite"), "{}", nowhere.err);
}

#[test]
fn half_a_copy_for_want_of_space_is_taken_away() {
    let desk = answered();
    // Files may grow no further than 64 KiB; without the signal that would end the program, as without space on the disk.
    let limited = format!("trap '' XFSZ; ulimit -f 64; exec {} backup kept.sqlite", env!("CARGO_BIN_EXE_demarche"));
    let ran = Command::new("bash").args(["-c", &limited]).current_dir(desk.path()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success() && said.contains("disk full"), "{said}");
    assert!(!desk.file("kept.sqlite").exists());
    desk.is_sound();
}

#[test]
fn what_is_no_whole_register_is_no_back_up() {
    let desk = answered();
    desk.must(&["backup", "kept.sqlite"]);
    let whole = fs::read(desk.file("kept.sqlite")).unwrap();
    let alter = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        bytes
    };
    let foreign = desk.file("foreign");
    sqlite::make_foreign_database(&foreign);
    for (what, bytes, words) in [
        ("cut in the middle", alter(&|bytes| bytes.truncate(whole.len() / 2)), "damaged"),
        ("cut after its first page", alter(&|bytes| bytes.truncate(4096)), "damaged"),
        ("a page overwritten", alter(&|bytes| bytes[8 * 4096..9 * 4096].fill(7)), ""),
        ("another program's", fs::read(&foreign).unwrap(), "no register of demarche"),
        ("a text", b"Dear all,".repeat(1000), "no register of demarche"),
        ("nothing", vec![], "no register of demarche"),
    ] {
        fs::write(desk.file("copy"), &bytes).unwrap();
        let ran = desk.run(&["restore", "--check", "copy"]);
        assert!(ran.code == Some(1) && ran.err.contains(words), "{what}: {:?} {}{}", ran.code, ran.out, ran.err);
        assert_eq!(fs::read(desk.file("copy")).unwrap(), bytes, "{what}: it is only looked at");
    }
    let missing = desk.run(&["restore", "--check", "nowhere"]);
    assert!(missing.code == Some(1) && !desk.file("nowhere").exists(), "{}", missing.err);
}
