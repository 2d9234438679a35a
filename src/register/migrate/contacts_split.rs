//! What stood in one row of contact becomes a person in a post, and an address there (migration 21).

use super::Result;
use crate::domain::full_name::person_key;
use rusqlite::{Connection, params};
use std::path::Path;

/// A name that stands at several addresses of an authority is one person's. Whoever has two addresses in a post holds it from the first to the last
/// day that either says.
pub(super) fn take_over(db: &Connection, _: Option<&Path>) -> Result<()> {
    let mut contacts = db.prepare(
        "SELECT c.id, c.authority_id, p.id, coalesce(c.name, '') FROM contact c
         JOIN unit u ON u.authority_id = c.authority_id AND u.name = c.office
         JOIN post p ON p.unit_id = u.id AND p.level = c.level AND p.focal_point = c.focal_point ORDER BY c.id",
    )?;
    let mut rows = contacts.query([])?;
    while let Some(row) = rows.next()? {
        let (contact, authority, post, name): (i64, i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let name = name.trim();
        let mut person = None;
        if !name.is_empty() {
            let key = person_key(name);
            db.execute("INSERT OR IGNORE INTO person (authority_id, key, name) VALUES (?1, ?2, ?3)", params![authority, key, name])?;
            person = Some(db.query_row("SELECT id FROM person WHERE authority_id = ?1 AND key = ?2", params![authority, key], |row| {
                row.get::<_, i64>(0)
            })?);
            db.execute("INSERT OR IGNORE INTO holder (post_id, person_id) VALUES (?1, ?2)", params![post, person])?;
        }
        db.execute(
            "INSERT INTO contact_anew (id, post_id, person_id, address, valid_from, valid_to)
             SELECT id, ?2, ?3, address, valid_from, valid_to FROM contact WHERE id = ?1",
            params![contact, post, person],
        )?;
    }
    Ok(db.execute_batch(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'contact_anew', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'contact_anew');
         UPDATE sqlite_sequence SET seq = max(seq, coalesce((SELECT o.seq FROM sqlite_sequence o WHERE o.name = 'contact'), 0))
            WHERE name = 'contact_anew';
         DROP TABLE contact;
         ALTER TABLE contact_anew RENAME TO contact;
         CREATE INDEX contact_by_address ON contact (address);
         CREATE INDEX contact_of_person ON contact (person_id) WHERE person_id IS NOT NULL;
         UPDATE holder SET (valid_from, valid_to) = (
            SELECT CASE WHEN count(*) = count(c.valid_from) THEN min(c.valid_from) END, CASE WHEN count(*) = count(c.valid_to) THEN max(c.valid_to) END
            FROM contact c WHERE c.post_id = holder.post_id AND c.person_id = holder.person_id);
         CREATE VIEW seated_contact AS
            SELECT c.id, u.authority_id, u.name AS unit, p.level, p.focal_point, p.title, n.name, c.address,
                coalesce(max(c.valid_from, h.valid_from), c.valid_from, h.valid_from) AS valid_from,
                coalesce(min(c.valid_to, h.valid_to), c.valid_to, h.valid_to) AS valid_to
            FROM contact c JOIN post p ON p.id = c.post_id JOIN unit u ON u.id = p.unit_id
                LEFT JOIN holder h ON h.post_id = c.post_id AND h.person_id = c.person_id LEFT JOIN person n ON n.id = c.person_id;",
    )?)
}

#[cfg(test)]
mod tests {
    use super::super::APPLICATION_ID;
    use super::super::{MIGRATIONS, migrate};
    use rusqlite::Connection;
    use std::path::Path;

    /// The same person in two units and twice in one, somebody of the same name elsewhere, mailboxes without a name, a blank name, days that overlap.
    #[test]
    fn an_odd_directory_of_an_earlier_build_becomes_posts_and_people_and_its_addresses_keep_their_numbers() {
        let before = MIGRATIONS.iter().position(|migration| migration.sql.contains("CREATE TABLE holder")).unwrap();
        let db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "foreign_keys", true).unwrap();
        MIGRATIONS[..before].iter().for_each(|migration| migration.apply(&db, None).unwrap());
        db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        db.pragma_update(None, "user_version", before as i64).unwrap();
        db.execute_batch(
            "INSERT INTO authority (name) VALUES ('Prison Service'), ('Ministry of Justice');
             INSERT INTO contact (id, authority_id, office, name, address, level, focal_point, valid_from, valid_to) VALUES
                (1, 1, '', NULL, 'post@p.example', 'technical', 0, NULL, NULL),
                (2, 1, 'Legal', 'Ana Petrova', 'ana@p.example', 'technical', 1, '2026-01-01', '2026-06-30'),
                (3, 1, 'Legal', 'ANA  petrova', 'ana.p@p.example', 'technical', 1, '2026-06-01', NULL),
                (4, 1, '', 'Ana Petrova', 'ana@p.example', 'head', 0, '2026-07-01', '2026-12-31'),
                (7, 1, 'Legal', char(9, 160), 'legal@p.example', 'technical', 1, NULL, '2026-02-01'),
                (9, 2, '', 'Ana Petrova', 'ana@p.example', 'technical', 1, NULL, NULL);
             UPDATE sqlite_sequence SET seq = 40 WHERE name = 'contact';
             INSERT INTO letter (subject_kind, subject_id, role, template, message_id, subject, bytes, sha256, written_at, written_on)
                VALUES (NULL, NULL, 'digest', 'digest', 'a@npm.example', 'S', x'00', x'00', 1, '2026-01-01');
             INSERT INTO delivery (letter_id, recipient, domain, contact_id, envelope_sender, is_copy, state)
                VALUES (1, 'ana@p.example', 'p.example', 3, '', 0, 'waiting')",
        )
        .unwrap();
        migrate(&db, Path::new("memory")).unwrap();
        let rows = |sql: &str| -> Vec<String> {
            let mut statement = db.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
        };
        let days = "coalesce(valid_from, '') || '..' || coalesce(valid_to, '')";
        assert_eq!(
            rows(&format!(
                "SELECT id || ' ' || unit || ' ' || level || focal_point || ' ' || coalesce(name, '-') || ' ' || {days} FROM seated_contact ORDER BY id"
            )),
            [
                "1  technical0 - ..",
                "2 Legal technical1 Ana Petrova 2026-01-01..2026-06-30",
                "3 Legal technical1 Ana Petrova 2026-06-01..",
                "4  head0 Ana Petrova 2026-07-01..2026-12-31",
                "7 Legal technical1 - ..2026-02-01",
                "9  technical1 Ana Petrova ..",
            ]
        );
        assert_eq!(rows("SELECT authority_id || ' ' || name FROM person ORDER BY id"), ["1 Ana Petrova", "2 Ana Petrova"]);
        assert_eq!(
            rows(&format!("SELECT {days} FROM holder ORDER BY post_id, person_id")),
            ["2026-01-01..", "2026-07-01..2026-12-31", ".."],
            "from the first to the last day of her addresses there"
        );
        let number = |sql: &str| -> i64 { db.query_row(sql, [], |row| row.get(0)).unwrap() };
        assert_eq!(number("SELECT count(*) FROM post"), 4);
        assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
        assert_eq!(number("SELECT c.id FROM delivery d JOIN contact c ON c.id = d.contact_id"), 3);
        assert_eq!(number("INSERT INTO contact (post_id, address) VALUES (1, 'x') RETURNING id"), 41, "no number is given twice");
    }
}
