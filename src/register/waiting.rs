//! Which standings wait for a person, for SQL; and that what is listed as waiting is what each mail says of itself.

use crate::domain::reply::Standing;

/// The standings of which this holds, as a list in SQL.
pub(super) fn standings(of: impl Fn(Standing) -> bool) -> String {
    let names: Vec<String> = Standing::ALL.into_iter().filter(|standing| of(*standing)).map(|it| format!("'{}'", it.name())).collect();
    format!("({})", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::{MailId, RequestId};
    use crate::domain::reply::Effect;
    use crate::domain::resting::RestKind;
    use crate::register::decisions;
    use crate::register::{Reader, migrate};
    use rusqlite::{Connection, params};
    use std::sync::Arc;

    fn reader() -> Reader {
        let db = Connection::open_in_memory().unwrap();
        migrate::fill(&db).unwrap();
        db.pragma_update(None, "foreign_keys", false).unwrap();
        db.execute_batch("INSERT INTO authority (name) VALUES ('Prison Service'); INSERT INTO joint_request (matter) VALUES ('M')")
            .unwrap();
        Reader { db, rules: Arc::new(crate::domain::sample::rules()) }
    }

    fn request(reader: &Reader, id: i64, ended: bool) {
        let ended = ended.then_some(r#"{"how": "waived", "reason": "", "by": "A. Novak", "at": "2026-01-01T00:00:00Z"}"#);
        let basis = serde_json::to_string(&crate::domain::request::tests::request("2026-03-01".parse().unwrap(), 1, 0).basis).unwrap();
        reader
            .db
            .execute(
                "INSERT INTO request (id, reference, joint_id, authority_id, unit, urgency, opened_at, basis, deadline, paused, ended)
                 VALUES (?1, 'R' || ?1, 1, 1, '', 'ordinary', 1, ?2, '2026-03-01', 0, ?3)",
                params![id, basis, ended],
            )
            .unwrap();
    }

    #[test]
    fn what_waits_in_a_list_is_what_waits_in_the_view_of_each_mail() {
        let reader = reader();
        request(&reader, 1, false);
        let mut mail = 0;
        for standing in Standing::ALL {
            for effect in Effect::ALL.into_iter().map(Some).chain([None]) {
                for rest in RestKind::ALL.into_iter().map(Some).chain([None]) {
                    for (claims, is_over) in [(false, false), (true, false), (false, true)] {
                        mail += 1;
                        let mut sha256 = [0u8; 32];
                        sha256[..8].copy_from_slice(&i64::to_be_bytes(mail));
                        let insert = "INSERT INTO mail (sha256, size, received_at, taken_at, standing) VALUES (?1, 1, 1, 1, ?2)";
                        reader.db.execute(insert, params![sha256, standing.name()]).unwrap();
                        if let Some(effect) = effect {
                            let insert = "INSERT INTO mail_link (mail_id, subject_kind, subject_id, effect, evidence, linked_by, linked_at)
                                VALUES (?1, 'request', 1, ?2, '[]', 'rule', 1)";
                            reader.db.execute(insert, params![mail, effect.name()]).unwrap();
                        }
                        if let Some(rest) = rest {
                            let insert = "INSERT INTO rest (mail_id, request_id, kind, since, until) VALUES (?1, 1, ?2, 1, ?3)";
                            reader.db.execute(insert, params![mail, rest.name(), is_over.then_some(2)]).unwrap();
                        }
                        if claims {
                            let insert =
                                "INSERT INTO delivery_report (mail_id, delivery_id, request_id, at, witness, finding, why, standing)
                                VALUES (?1, 1, 1, 1, '', '', '', 'claimed')";
                            reader.db.execute(insert, [mail]).unwrap();
                        }
                    }
                }
            }
        }
        // An answer settles the request of all of them, and a claim about it asks nothing more.
        reader.db.execute("DELETE FROM mail_link WHERE effect = 'reply' AND mail_id % 2 = 0", []).unwrap();
        for is_settled in [true, false] {
            if !is_settled {
                reader.db.execute("DELETE FROM mail_link WHERE effect = 'reply'", []).unwrap();
            }
            assert_eq!(reader.request_by_id(RequestId(1)).unwrap().is_settled(), is_settled);
            let tx = reader.begin().unwrap();
            decisions::plan_all(&tx).unwrap();
            tx.commit().unwrap();
            let listed: Vec<i64> = reader.waiting_views().unwrap().iter().map(|view| view.id).collect();
            let views = (1..=mail).map(|mail| reader.mail_view(MailId(mail)).unwrap());
            let seen: Vec<i64> = views.filter(|view| view.waits_for_a_person()).map(|view| view.id).collect();
            assert_eq!(listed, seen);
            assert!(!listed.is_empty() && listed.len() < usize::try_from(mail).unwrap());
        }
    }

    #[test]
    fn what_is_open_in_sql_is_what_is_not_settled() {
        let reader = reader();
        let mut id = 0;
        // Whether a person has ended it, how many recommendations it asks about, how many are answered, and whether a reply is linked.
        for ended in [false, true] {
            for asked in 0..3 {
                for answered in 0..=asked {
                    for replied in [false, true] {
                        id += 1;
                        request(&reader, id, ended);
                        for number in 0..asked {
                            let recommendation = id * 10 + number;
                            let ask = "INSERT INTO request_recommendation (request_id, position, recommendation_id) VALUES (?1, ?2, ?3)";
                            reader.db.execute(ask, [id, number, recommendation]).unwrap();
                            if number < answered {
                                // Two mails may answer the same.
                                for mail in [1, 2] {
                                    let answer = "INSERT INTO answer (request_id, recommendation_id, mail_id) VALUES (?1, ?2, ?3)";
                                    reader.db.execute(answer, [id, recommendation, mail]).unwrap();
                                }
                            }
                        }
                        if replied {
                            let link = "INSERT INTO mail_link (mail_id, subject_kind, subject_id, effect, evidence, linked_by, linked_at)
                                VALUES (1, 'request', ?1, 'reply', '[]', 'rule', 1)";
                            reader.db.execute(link, [id]).unwrap();
                        }
                        let request = reader.request_by_id(RequestId(id)).unwrap();
                        let is_settled = ended || if asked == 0 { replied } else { answered == asked };
                        assert_eq!(request.is_settled(), is_settled, "{ended} {asked} {answered} {replied}");
                        assert_eq!(reader.is_open(RequestId(id)).unwrap(), !is_settled, "{ended} {asked} {answered} {replied}");
                    }
                }
            }
        }
    }
}
