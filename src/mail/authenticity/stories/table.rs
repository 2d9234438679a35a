//! Every meeting of policy, signature and own server's word, and what is judged of it.

use super::*;

const SIGNATURES: [&str; 5] = ["holds", "body altered", "absent", "another's", "key silent"];
const WORDS: [&str; 3] = ["pass", "fail", "says nothing"];
const POLICIES: [&str; 4] = ["none", "quarantine", "reject", "absent"];

fn verdict(signature: &str, word: &str, asked: &str) -> Verdict {
    // Without a record only the very domain speaks for itself.
    let author = if asked == "absent" { "justice.example" } else { "prison.justice.example" };
    let letter = LETTER.replace("prison.justice.example", author);
    let (raw, mut key) = signed(&letter, if signature == "another's" { "lists.example" } else { "justice.example" });
    let mut mail = String::from_utf8(raw).unwrap();
    match signature {
        "body altered" => mail = mail.replace("We accept", "[EXTERNAL] We accept"),
        "absent" => mail = letter,
        "key silent" => key.1 = TxtAnswer::Unavailable,
        _ => {}
    }
    let word = match word {
        "says nothing" => String::new(),
        result => format!("Authentication-Results: mx.npm.example; dmarc={result} header.from={author}\r\n"),
    };
    let mail = format!("{word}Received: from x by mx.npm.example with ESMTPS id 1; now\r\n{mail}");
    let mut given = vec![key];
    given.retain(|_| signature != "absent");
    given.extend((asked != "absent").then(|| policy("justice.example", &format!("v=DMARC1; p={asked}"))));
    verify(mail.as_bytes(), &zone(mail.as_bytes(), &given), &["mx.npm.example".to_owned()]).verdict
}

#[test]
fn every_meeting_of_policy_signature_and_own_servers_word_has_its_verdict() {
    let mut table = format!("{:<14}{:<14}", "signature", "own server");
    table.extend(POLICIES.map(|policy| format!("{policy:<14}")));
    for signature in SIGNATURES {
        for word in WORDS {
            table.push_str(&format!("\n{signature:<14}{word:<14}"));
            table.extend(POLICIES.map(|policy| format!("{:<14}", format!("{:?}", verdict(signature, word, policy)))));
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(table.join("\n"), @r"
    signature     own server    none          quarantine    reject        absent
    holds         pass          Authentic     Authentic     Authentic     Authentic
    holds         fail          Authentic     Authentic     Authentic     Authentic
    holds         says nothing  Authentic     Authentic     Authentic     Authentic
    body altered  pass          Authentic     Authentic     Authentic     Authentic
    body altered  fail          Unproven      Contradicted  Contradicted  Unproven
    body altered  says nothing  Unproven      PolicyUnmet   PolicyUnmet   Unproven
    absent        pass          Authentic     Authentic     Authentic     Authentic
    absent        fail          Unproven      Contradicted  Contradicted  Unproven
    absent        says nothing  Unproven      PolicyUnmet   PolicyUnmet   Unproven
    another's     pass          Authentic     Authentic     Authentic     Authentic
    another's     fail          Unproven      Contradicted  Contradicted  Unproven
    another's     says nothing  Unproven      PolicyUnmet   PolicyUnmet   Unproven
    key silent    pass          Authentic     Authentic     Authentic     Authentic
    key silent    fail          TryAgain      Contradicted  Contradicted  TryAgain
    key silent    says nothing  TryAgain      TryAgain      TryAgain      TryAgain
    ");
}
