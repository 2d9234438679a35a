-- Letters have a life before the outbox: a draft has no deliveries before a person releases it. All letters of earlier builds are released.

-- domain::letter_life::LetterLife
ALTER TABLE letter ADD COLUMN life TEXT NOT NULL DEFAULT 'released' CHECK (life IN ('draft', 'released', 'withdrawn'));
-- of what was a draft: the last day on which it could be released, on the office's calendar
ALTER TABLE letter ADD COLUMN release_by TEXT;
-- of what was a draft: the day on which it was released, on the calendar of whom it goes to
ALTER TABLE letter ADD COLUMN released_on TEXT;

-- To whom a draft will go.
CREATE TABLE draft_recipient (
    letter_id INTEGER NOT NULL REFERENCES letter (id),
    position INTEGER NOT NULL,
    address TEXT NOT NULL,
    contact_id INTEGER REFERENCES contact (id),
    is_copy INTEGER NOT NULL,
    PRIMARY KEY (letter_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_recipient_contact ON draft_recipient (contact_id) WHERE contact_id IS NOT NULL;

-- its first letter waits for a person, whatever its level
ALTER TABLE request ADD COLUMN drafted INTEGER NOT NULL DEFAULT 0 CHECK (drafted IN (0, 1));

-- What is sent with a letter.
CREATE TABLE enclosure (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- domain::subject
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('request', 'matter', 'draft', 'meeting', 'commitment', 'person', 'authority')),
    subject_id INTEGER NOT NULL,
    -- of a file, without a folder
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    -- the letter that took it; none: the next one will
    letter_id INTEGER REFERENCES letter (id)
) STRICT;
CREATE INDEX enclosures_of_subject ON enclosure (subject_kind, subject_id);

-- A release is owed too: the table is made anew, since its own rules name the kinds.
DROP TRIGGER no_attempt_of_what_has_ended;
CREATE TABLE obligation_anew (
    -- domain::obligation::ObligationKind
    kind TEXT NOT NULL CHECK (kind IN ('next step', 'attempt', 'release')),
    -- of the request, delivery or letter, by kind
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
INSERT INTO obligation_anew (kind, number, subject_kind, subject_id, due, state)
    SELECT kind, number, subject_kind, subject_id, due, state FROM obligation;
DROP TABLE obligation;
ALTER TABLE obligation_anew RENAME TO obligation;
-- The only thing that the clock looks at.
CREATE INDEX obligation_due ON obligation (kind, due) WHERE due IS NOT NULL;
-- A letter that was accepted and is due would leave twice.
CREATE TRIGGER attempt_of_what_is_on_its_way BEFORE INSERT ON obligation
    WHEN NEW.kind = 'attempt' AND NEW.due IS NOT NULL AND (SELECT state FROM delivery WHERE id = NEW.number) NOT IN ('waiting', 'unknown')
    BEGIN SELECT RAISE(ABORT, 'what neither waits nor is unknown is not attempted'); END;
CREATE TRIGGER attempt_again_of_what_is_on_its_way BEFORE UPDATE ON obligation
    WHEN NEW.kind = 'attempt' AND NEW.due IS NOT NULL AND (SELECT state FROM delivery WHERE id = NEW.number) NOT IN ('waiting', 'unknown')
    BEGIN SELECT RAISE(ABORT, 'what neither waits nor is unknown is not attempted'); END;
CREATE TRIGGER no_attempt_of_what_has_ended AFTER UPDATE OF state ON delivery WHEN NEW.state NOT IN ('waiting', 'unknown')
    BEGIN UPDATE obligation SET due = NULL, state = 'closed' WHERE kind = 'attempt' AND number = NEW.id AND due IS NOT NULL; END;
-- A draft that could be attempted might leave before anybody has released it.
CREATE TRIGGER no_delivery_of_a_draft BEFORE INSERT ON delivery WHEN (SELECT life FROM letter WHERE id = NEW.letter_id) <> 'released'
    BEGIN SELECT RAISE(ABORT, 'a letter that is not released has no deliveries'); END;
