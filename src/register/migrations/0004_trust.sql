-- Who wrote a mail decides what it may do: what a person has said of addresses, which services write for whom, which domains sign their mail.

-- Addresses in no domain of the directory of which a person has said whose they are. The address counts, never its domain.
CREATE TABLE confirmed_sender (
    -- lower case
    address TEXT NOT NULL,
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    since INTEGER NOT NULL,
    -- the mail by which it was confirmed; if its link is undone, the address is forgotten
    mail_id INTEGER REFERENCES mail (id),
    event_id INTEGER REFERENCES event (id),
    PRIMARY KEY (address, authority_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX confirmed_by_mail ON confirmed_sender (mail_id);

-- Ticket desks and shared centres, and the authorities that they write for.
CREATE TABLE sends_for (
    service_id INTEGER NOT NULL REFERENCES authority (id),
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    PRIMARY KEY (service_id, authority_id)
) STRICT, WITHOUT ROWID;

-- Mails of a From domain that were first judged with the DNS: how many bore a signature of that domain, and how many none.
CREATE TABLE domain_signing (
    domain TEXT PRIMARY KEY,
    signed INTEGER NOT NULL,
    unsigned INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Domains were once learnt from decisions without asking. What stays of them are the addresses that were decided about.
INSERT OR IGNORE INTO confirmed_sender (address, authority_id, since, mail_id)
    SELECT lower(m.sender), r.authority_id, l.linked_at, m.id
    FROM mail_link l JOIN mail m ON m.id = l.mail_id JOIN request r ON r.id = l.request_id
        JOIN authority_domain d ON d.authority_id = r.authority_id AND d.learnt AND lower(m.sender) LIKE '%@' || d.domain
    WHERE l.linked_by <> 'rule' AND l.effect IN ('reply', 'acknowledgement');
DELETE FROM authority_domain WHERE learnt;
ALTER TABLE authority_domain DROP COLUMN learnt;

-- A mail that waits for somebody, and what rests meanwhile: one request, or all of an authority (and of those above and below it).
CREATE TABLE rest (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    mail_id INTEGER NOT NULL REFERENCES mail (id),
    request_id INTEGER REFERENCES request (id),
    authority_id INTEGER REFERENCES authority (id),
    -- domain::resting::RestKind
    kind TEXT NOT NULL,
    since INTEGER NOT NULL,
    -- when a person had looked at the mail, or it was judged anew
    until INTEGER,
    -- the judgement
    event_id INTEGER REFERENCES event (id),
    CHECK ((request_id IS NULL) <> (authority_id IS NULL))
) STRICT;
CREATE INDEX rests_of_request ON rest (request_id) WHERE until IS NULL AND request_id IS NOT NULL;
CREATE INDEX rests_of_authority ON rest (authority_id) WHERE until IS NULL AND authority_id IS NOT NULL;
CREATE INDEX rests_by_mail ON rest (mail_id);
INSERT INTO rest (mail_id, request_id, kind, since)
    SELECT s.mail_id, s.request_id, 'of authority', m.received_at FROM mail_suggestion s JOIN mail m ON m.id = s.mail_id
    WHERE m.standing IN ('suggested', 'quarantined');
INSERT INTO rest (mail_id, authority_id, kind, since)
    SELECT w.mail_id, w.authority_id, 'of authority', m.received_at FROM mail_writer w JOIN mail m ON m.id = w.mail_id
    WHERE m.standing IN ('suggested', 'unlinked', 'quarantined');
DROP TABLE mail_writer;

-- domain::trust: what its writer is to the authority of the request it is closest to, and how well that is proven.
ALTER TABLE mail ADD COLUMN writer TEXT;
ALTER TABLE mail ADD COLUMN proof TEXT;
-- Information from a source (OPCAT article 21), as a person has said: neither linked nor found nor quoted, and shown to the role `sources` alone.
ALTER TABLE mail ADD COLUMN is_source INTEGER NOT NULL DEFAULT 0;
-- On which day the step had fallen due: what rests it is counted from there.
ALTER TABLE step_taken ADD COLUMN due_on TEXT;
