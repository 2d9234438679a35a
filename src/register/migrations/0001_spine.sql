-- Times are Unix seconds (UTC), days are ISO 8601 text on the calendar of the thing they belong to. What can be derived is not stored, except
-- where an index must find it: request.deadline and request.next_due, both reckoned anew by every verb that touches what they depend on.

CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- 'rule: …' or a person
    actor TEXT NOT NULL,
    request_id INTEGER,
    mail_id INTEGER,
    letter_id INTEGER,
    authority_id INTEGER,
    detail TEXT NOT NULL,
    -- SHA-256 over the hash before it and every column above
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX event_of_request ON event (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX event_of_mail ON event (mail_id) WHERE mail_id IS NOT NULL;
CREATE INDEX event_by_time ON event (at);
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;

CREATE TABLE authority (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    parent_id INTEGER REFERENCES authority (id),
    language TEXT,
    time_zone TEXT,
    calendar TEXT
) STRICT;
CREATE INDEX authority_supervised ON authority (parent_id) WHERE parent_id IS NOT NULL;

-- The name itself and every alias, as they are compared.
CREATE TABLE authority_name (
    key TEXT PRIMARY KEY,
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX authority_names ON authority_name (authority_id);

CREATE TABLE authority_domain (
    domain TEXT NOT NULL,
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    -- learnt from a person's decision, not from the directory
    learnt INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (domain, authority_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX authority_domains ON authority_domain (authority_id);

CREATE TABLE contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    office TEXT NOT NULL DEFAULT '',
    name TEXT,
    -- lower case
    address TEXT NOT NULL,
    level TEXT NOT NULL,
    focal_point INTEGER NOT NULL,
    valid_from TEXT,
    valid_to TEXT,
    -- why it is written to no more, and since when
    dead TEXT,
    dead_since INTEGER,
    UNIQUE (authority_id, office, address, level, focal_point)
) STRICT;
CREATE INDEX contact_by_address ON contact (address);

CREATE TABLE recommendation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    made_on TEXT NOT NULL,
    report TEXT,
    place TEXT,
    theme TEXT,
    urgency TEXT NOT NULL,
    repeats TEXT,
    visibility TEXT NOT NULL
) STRICT;
CREATE INDEX recommendation_of_report ON recommendation (report);

CREATE TABLE recommendation_addressee (
    recommendation_id INTEGER NOT NULL REFERENCES recommendation (id),
    position INTEGER NOT NULL,
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    office TEXT NOT NULL,
    -- the request in which it was asked about, once there is one
    request_id INTEGER REFERENCES request (id),
    PRIMARY KEY (recommendation_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX addressee_not_asked ON recommendation_addressee (recommendation_id) WHERE request_id IS NULL;

CREATE TABLE joint_request (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- the report, or the recommendation's reference
    matter TEXT NOT NULL
) STRICT;

CREATE TABLE request (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE,
    joint_id INTEGER NOT NULL REFERENCES joint_request (id),
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    office TEXT NOT NULL,
    urgency TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    -- JSON of domain::calendar::DeadlineBasis
    basis TEXT NOT NULL,
    deadline TEXT NOT NULL,
    paused INTEGER NOT NULL,
    sent_at INTEGER,
    -- correspondence begun by hand
    adopted INTEGER NOT NULL DEFAULT 0,
    -- JSON of domain::request::Ending
    ended TEXT,
    non_cooperation_on TEXT,
    -- when the agenda looks at it next; none while nothing can fall due
    next_due INTEGER,
    revision INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX request_due ON request (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX request_of_joint ON request (joint_id);
CREATE INDEX request_of_authority ON request (authority_id);
CREATE INDEX request_paused ON request (id) WHERE paused;
CREATE INDEX request_given_up ON request (non_cooperation_on) WHERE non_cooperation_on IS NOT NULL;

CREATE TABLE request_recommendation (
    request_id INTEGER NOT NULL REFERENCES request (id),
    position INTEGER NOT NULL,
    recommendation_id INTEGER NOT NULL REFERENCES recommendation (id),
    PRIMARY KEY (request_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_about_recommendation ON request_recommendation (recommendation_id);

CREATE TABLE step_taken (
    request_id INTEGER NOT NULL REFERENCES request (id),
    step TEXT NOT NULL,
    taken_on TEXT NOT NULL,
    deadline TEXT NOT NULL,
    passed_over INTEGER NOT NULL,
    letter_id INTEGER REFERENCES letter (id)
) STRICT;
CREATE INDEX steps_of_request ON step_taken (request_id);

CREATE TABLE letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- none for digests and alarms
    request_id INTEGER REFERENCES request (id),
    -- 'request', 'reminder', 'escalation', 'acknowledgement', 'digest', 'alarm'
    kind TEXT NOT NULL,
    step TEXT,
    level TEXT,
    message_id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    bytes BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    written_at INTEGER NOT NULL,
    written_on TEXT NOT NULL
) STRICT;
CREATE INDEX letters_of_request ON letter (request_id) WHERE request_id IS NOT NULL;

-- One letter to one recipient.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    letter_id INTEGER NOT NULL REFERENCES letter (id),
    recipient TEXT NOT NULL,
    domain TEXT NOT NULL,
    contact_id INTEGER REFERENCES contact (id),
    envelope_sender TEXT NOT NULL,
    -- a copy is no proof that the letter was sent
    is_copy INTEGER NOT NULL,
    -- domain of register::outbox::DeliveryState
    state TEXT NOT NULL,
    next_attempt_at INTEGER,
    first_attempt_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    accepted_at INTEGER,
    reply TEXT,
    queue_id TEXT,
    bounced_by INTEGER REFERENCES mail (id)
) STRICT;
CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX deliveries_of_letter ON delivery (letter_id);
CREATE INDEX deliveries_to_contact ON delivery (contact_id) WHERE contact_id IS NOT NULL;
-- Not partial: SQLite does not see that state = 'unknown' lies within a partial index's list, and would look through every delivery.
CREATE INDEX delivery_by_state ON delivery (state);
CREATE INDEX delivery_by_sender ON delivery (envelope_sender);

CREATE TABLE attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id INTEGER NOT NULL REFERENCES delivery (id),
    domain TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    outcome TEXT,
    reply TEXT
) STRICT;
CREATE INDEX attempts_of_delivery ON attempt (delivery_id);
CREATE INDEX attempts_by_domain ON attempt (domain, started_at);

-- Message-IDs of ours by which replies find home, of letters begun by hand too.
CREATE TABLE own_message_id (
    message_id TEXT PRIMARY KEY,
    request_id INTEGER REFERENCES request (id),
    letter_id INTEGER REFERENCES letter (id)
) STRICT, WITHOUT ROWID;

-- Reply addresses of adopted correspondence, which carry no signature of ours and may be shared.
CREATE TABLE adopted_address (
    address TEXT NOT NULL,
    request_id INTEGER NOT NULL REFERENCES request (id),
    PRIMARY KEY (address, request_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mailbox (
    name TEXT PRIMARY KEY,
    -- in the configuration as it now is
    active INTEGER NOT NULL,
    -- JSON of transport::Cursor
    cursor TEXT,
    -- when it was last read to its end
    read_at INTEGER
) STRICT, WITHOUT ROWID;

-- Mails that are stored and whose mailbox does not say so yet.
CREATE TABLE pending_mark (
    mailbox TEXT NOT NULL,
    -- JSON of transport::Mark
    mark TEXT NOT NULL,
    PRIMARY KEY (mailbox, mark)
) STRICT, WITHOUT ROWID;

CREATE TABLE mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 BLOB NOT NULL UNIQUE,
    -- SHA-256 of Message-ID, length and beginning of the body; of a mail that differs behind that from one known, of that and the whole body:
    -- the same mail by another way is looked for by it
    same_mail BLOB,
    size INTEGER NOT NULL,
    -- larger than the limit: only its head was taken in
    cut INTEGER NOT NULL DEFAULT 0,
    received_at INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,
    -- domain::reply::Standing
    standing TEXT NOT NULL,
    -- attempts to understand it that failed
    attempts INTEGER NOT NULL DEFAULT 0,
    -- an attempt was begun and has not ended
    at_work INTEGER NOT NULL DEFAULT 0,
    -- attempts that ended with the process that made them
    cut_off INTEGER NOT NULL DEFAULT 0,
    placed_by_person INTEGER NOT NULL DEFAULT 0,
    message_id TEXT,
    sender TEXT,
    subject TEXT,
    kind TEXT,
    automatic INTEGER,
    -- JSON of mail::Understood without what the bytes hold anyway
    understood TEXT,
    authenticity TEXT,
    -- JSON list of sentences
    because TEXT
) STRICT;
CREATE INDEX mail_same ON mail (same_mail) WHERE same_mail IS NOT NULL;
CREATE INDEX mail_by_standing ON mail (standing);
CREATE INDEX mail_by_message_id ON mail (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX mail_by_arrival ON mail (received_at);

CREATE TABLE mail_bytes (
    mail_id INTEGER PRIMARY KEY REFERENCES mail (id),
    bytes BLOB NOT NULL
) STRICT;

-- Every way a mail came in. `head` holds the header of a copy whose bytes differ: the addresses it arrived at are evidence.
CREATE TABLE arrival (
    source TEXT NOT NULL,
    mail_id INTEGER NOT NULL REFERENCES mail (id),
    at INTEGER NOT NULL,
    head BLOB,
    PRIMARY KEY (source, mail_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX arrivals_of_mail ON arrival (mail_id);

CREATE TABLE mail_link (
    mail_id INTEGER NOT NULL REFERENCES mail (id),
    request_id INTEGER NOT NULL REFERENCES request (id),
    -- domain::reply::Effect
    effect TEXT NOT NULL,
    -- JSON list of domain::linking::Evidence
    evidence TEXT NOT NULL,
    -- 'rule' or a person
    linked_by TEXT NOT NULL,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (mail_id, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_of_request ON mail_link (request_id, effect);
CREATE INDEX links_by_time ON mail_link (linked_at);

CREATE TABLE mail_suggestion (
    mail_id INTEGER NOT NULL REFERENCES mail (id),
    request_id INTEGER NOT NULL REFERENCES request (id),
    position INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (mail_id, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX suggestions_for_request ON mail_suggestion (request_id);

-- The authorities that a mail waiting for a person may come from, where nothing in it says which of their requests it answers: until somebody
-- has looked, none of these is chased.
CREATE TABLE mail_writer (
    mail_id INTEGER NOT NULL REFERENCES mail (id),
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    PRIMARY KEY (authority_id, mail_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX writers_of_mail ON mail_writer (mail_id);

-- What a mail says on one recommendation of one request.
CREATE TABLE answer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id INTEGER NOT NULL REFERENCES request (id),
    recommendation_id INTEGER NOT NULL REFERENCES recommendation (id),
    mail_id INTEGER NOT NULL REFERENCES mail (id),
    text TEXT,
    -- as the authority states it
    position TEXT
) STRICT;
CREATE INDEX answers_of_request ON answer (request_id, recommendation_id);
CREATE INDEX answers_in_mail ON answer (mail_id);

CREATE TABLE digest (
    member TEXT NOT NULL,
    period TEXT NOT NULL,
    at INTEGER NOT NULL,
    letter_id INTEGER REFERENCES letter (id),
    PRIMARY KEY (member, period, at)
) STRICT, WITHOUT ROWID;

-- The parts that can fail for a while: each mailbox by its name, and 'sending'.
CREATE TABLE health (
    part TEXT PRIMARY KEY,
    ok_at INTEGER,
    failing_since INTEGER,
    fault TEXT,
    alarmed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    renewed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- rowid = 2 × mail, or 2 × letter + 1. The text itself stays where it is.
CREATE VIRTUAL TABLE words USING fts5 (subject, people, body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
-- Every fifty mails are a segment; merged by eights, each word is written again half as often as by fours.
INSERT INTO words (words, rank) VALUES ('automerge', 8);
