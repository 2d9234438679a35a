-- What letters, links and suggestions are about is a subject of some kind (domain::subject), of which a request is one; what is owed about it, and when
-- the clock looks at it, stands in one table.

-- domain::obligation. It follows from the rest of the register, and is planned anew by every verb that changes it.
CREATE TABLE obligation (
    -- domain::obligation::ObligationKind
    kind TEXT NOT NULL CHECK (kind IN ('next step', 'attempt')),
    -- of the request or delivery, by kind
    number INTEGER NOT NULL,
    -- domain::subject::SubjectKind and the number of the subject; none of a letter to staff
    subject_kind TEXT CHECK (subject_kind IN ('request', 'matter', 'draft', 'meeting', 'commitment', 'person', 'authority')),
    subject_id INTEGER,
    -- Unix seconds; while it is open
    due INTEGER,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    PRIMARY KEY (kind, number),
    CHECK ((subject_kind IS NULL) = (subject_id IS NULL)),
    CHECK ((state = 'open') = (due IS NOT NULL))
) STRICT, WITHOUT ROWID;
-- The only thing that the clock looks at.
CREATE INDEX obligation_due ON obligation (kind, due) WHERE due IS NOT NULL;

INSERT INTO obligation (kind, number, subject_kind, subject_id, due, state)
    SELECT 'next step', id, 'request', id, next_due, 'open' FROM request WHERE next_due IS NOT NULL;
INSERT INTO obligation (kind, number, subject_kind, subject_id, due, state)
    SELECT 'attempt', d.id, CASE WHEN l.request_id IS NOT NULL THEN 'request' END, l.request_id, d.next_attempt_at, 'open'
    FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.next_attempt_at IS NOT NULL;

DROP INDEX request_due;
ALTER TABLE request DROP COLUMN next_due;

-- Tables are made anew, with the numbers that they may not give again, where a column goes that their own rules name, or becomes another.
CREATE TABLE letter_anew (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- domain::subject; none for digests and alarms
    subject_kind TEXT CHECK (subject_kind IN ('request', 'matter', 'draft', 'meeting', 'commitment', 'person', 'authority')),
    subject_id INTEGER,
    request_id INTEGER GENERATED ALWAYS AS (CASE subject_kind WHEN 'request' THEN subject_id END) STORED REFERENCES request (id),
    -- domain::letter::LetterRole
    role TEXT NOT NULL CHECK (role IN ('request', 'reminder', 'escalation', 'examination', 'acknowledgement', 'digest', 'alarm')),
    template TEXT NOT NULL,
    step TEXT,
    level TEXT,
    message_id TEXT NOT NULL UNIQUE,
    -- the line of that name
    subject TEXT NOT NULL,
    bytes BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    written_at INTEGER NOT NULL,
    -- on the calendar of whom it goes to
    written_on TEXT NOT NULL,
    CHECK ((subject_kind IS NULL) = (subject_id IS NULL))
) STRICT;
INSERT INTO letter_anew (id, subject_kind, subject_id, role, template, step, level, message_id, subject, bytes, sha256, written_at, written_on)
    SELECT id, CASE WHEN request_id IS NOT NULL THEN 'request' END, request_id, CASE role WHEN '' THEN 'request' ELSE role END, template, step, level,
        message_id, subject, bytes, sha256, written_at, written_on FROM letter;
INSERT INTO sqlite_sequence (name, seq) SELECT 'letter_anew', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'letter_anew');
UPDATE sqlite_sequence SET seq = max(seq, coalesce((SELECT o.seq FROM sqlite_sequence o WHERE o.name = 'letter'), 0)) WHERE name = 'letter_anew';
DROP TABLE letter;
ALTER TABLE letter_anew RENAME TO letter;
CREATE INDEX letters_of_request ON letter (request_id) WHERE request_id IS NOT NULL;

CREATE TABLE delivery_anew (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    letter_id INTEGER NOT NULL REFERENCES letter (id),
    recipient TEXT NOT NULL,
    domain TEXT NOT NULL,
    contact_id INTEGER REFERENCES contact (id),
    envelope_sender TEXT NOT NULL,
    -- a copy is no proof that the letter was sent
    is_copy INTEGER NOT NULL,
    -- domain::delivery::DeliveryState; when it is attempted or looked for next is an obligation
    state TEXT NOT NULL,
    first_attempt_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    accepted_at INTEGER,
    -- what the server said at the last attempt, or why nothing was heard of it
    reply TEXT,
    queue_id TEXT,
    bounced_by INTEGER REFERENCES mail (id),
    -- domain::deliverability::About
    about TEXT,
    -- a person has dealt with its coming back
    dealt_with INTEGER REFERENCES event (id),
    cancelled_because TEXT,
    -- the words of the report `bounced_by`, until the letter is tried again
    returned_because TEXT,
    -- by what it was found to have left, where the server's word was not heard
    found_sent_by TEXT,
    CHECK (state <> 'accepted' OR accepted_at IS NOT NULL),
    CHECK ((state = 'cancelled') = (cancelled_because IS NOT NULL)),
    CHECK (state <> 'bounced' OR bounced_by IS NOT NULL AND returned_because IS NOT NULL),
    CHECK (returned_because IS NULL OR state IN ('bounced', 'waiting', 'attempting')),
    CHECK (found_sent_by IS NULL OR accepted_at IS NOT NULL)
) STRICT;
INSERT INTO delivery_anew (id, letter_id, recipient, domain, contact_id, envelope_sender, is_copy, state, first_attempt_at, attempts, accepted_at, reply,
        queue_id, bounced_by, about, dealt_with, cancelled_because, returned_because, found_sent_by)
    SELECT id, letter_id, recipient, domain, contact_id, envelope_sender, is_copy, state, first_attempt_at, attempts, accepted_at, reply,
        queue_id, bounced_by, about, dealt_with, cancelled_because, returned_because, found_sent_by FROM delivery;
INSERT INTO sqlite_sequence (name, seq) SELECT 'delivery_anew', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'delivery_anew');
UPDATE sqlite_sequence SET seq = max(seq, coalesce((SELECT o.seq FROM sqlite_sequence o WHERE o.name = 'delivery'), 0)) WHERE name = 'delivery_anew';
DROP TABLE delivery;
ALTER TABLE delivery_anew RENAME TO delivery;
CREATE INDEX deliveries_of_letter ON delivery (letter_id);
CREATE INDEX deliveries_to_contact ON delivery (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX delivery_by_state ON delivery (state);
CREATE INDEX delivery_by_sender ON delivery (envelope_sender);
-- A letter that was accepted and is due would leave twice.
CREATE TRIGGER attempt_of_what_is_on_its_way BEFORE INSERT ON obligation
    WHEN NEW.kind = 'attempt' AND NEW.due IS NOT NULL AND (SELECT state FROM delivery WHERE id = NEW.number) NOT IN ('waiting', 'unknown')
    BEGIN SELECT RAISE(ABORT, 'what neither waits nor is unknown is not attempted'); END;
CREATE TRIGGER attempt_again_of_what_is_on_its_way BEFORE UPDATE ON obligation
    WHEN NEW.kind = 'attempt' AND NEW.due IS NOT NULL AND (SELECT state FROM delivery WHERE id = NEW.number) NOT IN ('waiting', 'unknown')
    BEGIN SELECT RAISE(ABORT, 'what neither waits nor is unknown is not attempted'); END;
CREATE TRIGGER no_attempt_of_what_has_ended AFTER UPDATE OF state ON delivery WHEN NEW.state NOT IN ('waiting', 'unknown')
    BEGIN UPDATE obligation SET due = NULL, state = 'closed' WHERE kind = 'attempt' AND number = NEW.id AND due IS NOT NULL; END;
CREATE INDEX deliveries_taken ON delivery (domain, accepted_at) WHERE accepted_at IS NOT NULL AND contact_id IS NOT NULL AND NOT is_copy;

CREATE TABLE mail_link_anew (
    mail_id INTEGER NOT NULL REFERENCES mail (id),
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('request', 'matter', 'draft', 'meeting', 'commitment', 'person', 'authority')),
    subject_id INTEGER NOT NULL,
    request_id INTEGER GENERATED ALWAYS AS (CASE subject_kind WHEN 'request' THEN subject_id END) STORED REFERENCES request (id),
    -- domain::reply::Effect
    effect TEXT NOT NULL,
    -- JSON list of domain::linking::Evidence
    evidence TEXT NOT NULL,
    -- 'rule' or a person
    linked_by TEXT NOT NULL,
    linked_at INTEGER NOT NULL,
    event_id INTEGER REFERENCES event (id),
    PRIMARY KEY (mail_id, subject_kind, subject_id)
) STRICT, WITHOUT ROWID;
INSERT INTO mail_link_anew (mail_id, subject_kind, subject_id, effect, evidence, linked_by, linked_at, event_id)
    SELECT mail_id, 'request', request_id, effect, evidence, linked_by, linked_at, event_id FROM mail_link;
DROP TABLE mail_link;
ALTER TABLE mail_link_anew RENAME TO mail_link;
CREATE INDEX links_of_request ON mail_link (request_id, effect) WHERE request_id IS NOT NULL;
CREATE INDEX links_by_time ON mail_link (linked_at);
CREATE INDEX links_by_event ON mail_link (event_id);

CREATE TABLE mail_suggestion_anew (
    mail_id INTEGER NOT NULL REFERENCES mail (id),
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('request', 'matter', 'draft', 'meeting', 'commitment', 'person', 'authority')),
    subject_id INTEGER NOT NULL,
    request_id INTEGER GENERATED ALWAYS AS (CASE subject_kind WHEN 'request' THEN subject_id END) STORED REFERENCES request (id),
    position INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (mail_id, subject_kind, subject_id)
) STRICT, WITHOUT ROWID;
INSERT INTO mail_suggestion_anew (mail_id, subject_kind, subject_id, position, evidence)
    SELECT mail_id, 'request', request_id, position, evidence FROM mail_suggestion;
DROP TABLE mail_suggestion;
ALTER TABLE mail_suggestion_anew RENAME TO mail_suggestion;
CREATE INDEX suggestions_for_request ON mail_suggestion (request_id) WHERE request_id IS NOT NULL;

-- domain::confidentiality::Class
ALTER TABLE recommendation RENAME COLUMN visibility TO class;
