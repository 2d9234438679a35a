-- Copies of what was sent, in the office's Sent folder: written down before a copy is filed, so that each is filed once, and made up for if it could
-- not be. Of what left before, nothing is owed.
CREATE TABLE sent_copy (
    letter_id INTEGER PRIMARY KEY REFERENCES letter (id),
    since INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    -- none: it stands there, or was given up
    next_at INTEGER
) STRICT;
CREATE INDEX sent_copy_due ON sent_copy (next_at) WHERE next_at IS NOT NULL;
