-- Mails that a mailbox lists and did not give out whole: asked for again. The mailbox's cursor is past them.
CREATE TABLE unfetched (
    mailbox TEXT NOT NULL,
    -- JSON of transport::Mark: UIDVALIDITY and UID, or a file
    item TEXT NOT NULL,
    -- where it lies, for people
    source TEXT NOT NULL,
    since INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    -- what the server said, or did
    why TEXT NOT NULL,
    -- a note of it stands in the holding queue; before, the mailbox was not read to its end
    noted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (mailbox, item)
) STRICT, WITHOUT ROWID;

-- How far each mailbox's numbers (UIDs) are accounted for: read, unfetched, or known to be missing.
CREATE TABLE listing (
    mailbox TEXT PRIMARY KEY,
    uid_validity INTEGER NOT NULL,
    given_below INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Mails that left a mailbox before they were read.
CREATE TABLE vanished (
    mailbox TEXT NOT NULL,
    noticed_at INTEGER NOT NULL,
    how_many INTEGER NOT NULL,
    -- letters rest until then, or until a person has dealt with the note
    rests_until INTEGER,
    -- arrival.source of the note in the holding queue, if one was made
    note TEXT,
    PRIMARY KEY (mailbox, noticed_at)
) STRICT, WITHOUT ROWID;

-- The mailboxes that are an account's folder for what a filter takes for spam.
CREATE TABLE junk_folder (
    mailbox TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
