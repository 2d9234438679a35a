-- Letters have a life before the outbox: a draft has no deliveries before a person releases it. All letters of earlier builds are released.

-- domain::letter_life::LetterLife
ALTER TABLE letter ADD COLUMN life TEXT NOT NULL DEFAULT 'released' CHECK (life IN ('draft', 'released', 'withdrawn'));
-- of what was a draft: the last day on which it could be released, on the office's calendar
ALTER TABLE letter ADD COLUMN release_by TEXT;
-- of what was a draft: the day on which it was released, on the calendar of whom it goes to
ALTER TABLE letter ADD COLUMN released_on TEXT;
-- of what was a draft: of how many recommendations its request had an answer when it was written
ALTER TABLE letter ADD COLUMN answered_before INTEGER;
-- of what was a draft: the deadline that the request's first letter had named before it was written
ALTER TABLE letter ADD COLUMN stated_before TEXT;
-- asked for in lists, and before each letter; the bytes stand before what was added here
CREATE INDEX letters_of_request_by_life ON letter (request_id, life, role, level);

-- To whom a draft will go.
CREATE TABLE letter_recipient (
    letter_id INTEGER NOT NULL REFERENCES letter (id),
    position INTEGER NOT NULL,
    address TEXT NOT NULL,
    contact_id INTEGER REFERENCES contact (id),
    is_copy INTEGER NOT NULL,
    PRIMARY KEY (letter_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_recipient_contact ON letter_recipient (contact_id) WHERE contact_id IS NOT NULL;

-- its first letter waits for a person, whatever its level
ALTER TABLE request ADD COLUMN drafted INTEGER NOT NULL DEFAULT 0 CHECK (drafted IN (0, 1));

-- What is sent with a letter.
CREATE TABLE enclosure (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- domain::subject
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('request', 'matter', 'draft', 'meeting', 'commitment', 'person', 'authority')),
    subject_id INTEGER NOT NULL,
    -- which letter it is meant for, and no other takes it: its domain::letter::LetterRole, and the step of the ladder; a first letter has none
    role TEXT NOT NULL,
    step TEXT,
    -- of a file, without a folder
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    -- the letter that took it; none: it is yet to be written
    letter_id INTEGER REFERENCES letter (id),
    -- last, so that nothing else is read past them
    bytes BLOB NOT NULL
) STRICT;
CREATE INDEX enclosures_of_subject ON enclosure (subject_kind, subject_id);
CREATE INDEX enclosures_of_letter ON enclosure (letter_id) WHERE letter_id IS NOT NULL;

-- A draft that could be attempted might leave before anybody has released it.
CREATE TRIGGER no_delivery_of_a_draft BEFORE INSERT ON delivery WHEN (SELECT life FROM letter WHERE id = NEW.letter_id) <> 'released'
    BEGIN SELECT RAISE(ABORT, 'a letter that is not released has no deliveries'); END;
