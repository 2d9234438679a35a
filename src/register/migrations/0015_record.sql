-- An event's payload lies beside the chain, which holds only a commitment to it: SHA-256 of 16 bytes drawn by lot and the payload. It can be erased, and
-- the chain still holds. The rest of this migration is `register::sealing`: SQL cannot hash.
DROP TRIGGER IF EXISTS event_is_never_changed;
DROP TRIGGER IF EXISTS event_is_never_deleted;

-- in whose name a person decided who decided for somebody else
ALTER TABLE event ADD COLUMN on_behalf_of TEXT;
-- by which way a person's word came; NULL for a rule. Domain of domain::event::Way
ALTER TABLE event ADD COLUMN way TEXT;
-- the event whose payload this one erased
ALTER TABLE event ADD COLUMN erases INTEGER REFERENCES event (id);
-- 'hash' is from now on SHA-256 over the hash before it and every other column but the number
ALTER TABLE event ADD COLUMN commitment BLOB NOT NULL DEFAULT x'';

CREATE TABLE event_payload (
    event_id INTEGER PRIMARY KEY REFERENCES event (id),
    salt BLOB NOT NULL,
    -- JSON, as domain::event writes it for the event's kind
    payload TEXT NOT NULL
) STRICT;
