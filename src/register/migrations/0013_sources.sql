-- Each new mail is held beside those of sources, of which there are few among many.
CREATE INDEX mail_of_source ON mail (id) WHERE is_source;

-- A person has said that it is no source's: no rule takes it for one again.
ALTER TABLE mail ADD COLUMN said_no_source INTEGER NOT NULL DEFAULT 0 CHECK (said_no_source IN (0, 1));
UPDATE mail SET said_no_source = 1
WHERE NOT is_source AND id IN (SELECT mail_id FROM event WHERE kind = 'mail marked' AND json_extract(detail, '$.as') = 'not a source');
