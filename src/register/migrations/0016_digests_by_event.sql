-- A digest tells what was recorded after the last event that the one before knew of, whatever the clock shows and however much falls into one second.
CREATE TABLE digest_by_event (
    member TEXT NOT NULL,
    period TEXT NOT NULL,
    -- the number of the last event that it knew of; the next one tells what was recorded after it
    last_event INTEGER NOT NULL,
    at INTEGER NOT NULL,
    letter_id INTEGER REFERENCES letter (id),
    PRIMARY KEY (member, period, last_event)
) STRICT, WITHOUT ROWID;
-- Two digests between which nothing happened are one: the later of them.
INSERT OR REPLACE INTO digest_by_event (member, period, last_event, at, letter_id)
    SELECT member, period, coalesce((SELECT e.id FROM event e WHERE e.at <= d.at ORDER BY e.at DESC, e.id DESC LIMIT 1), 0), at, letter_id
    FROM digest d ORDER BY at;
DROP TABLE digest;
ALTER TABLE digest_by_event RENAME TO digest;

-- The event by which a link was made, or by which it came to do what it does.
ALTER TABLE mail_link ADD COLUMN event_id INTEGER REFERENCES event (id);
UPDATE mail_link SET event_id = (SELECT max(e.id) FROM event e WHERE e.mail_id = mail_link.mail_id AND e.at <= mail_link.linked_at);
CREATE INDEX links_by_event ON mail_link (event_id);
