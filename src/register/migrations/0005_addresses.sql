-- What is known of the mail addresses that letters go to, and how that came to be known. contact.dead and contact.dead_since are used no more.
CREATE TABLE address_state (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- lower case
    address TEXT NOT NULL,
    -- domain::deliverability::AddressState
    state TEXT NOT NULL,
    since INTEGER NOT NULL,
    -- when another state took its place; none: it still holds
    until INTEGER,
    -- the words of a server or a person
    evidence TEXT NOT NULL,
    -- the report that says so
    mail_id INTEGER REFERENCES mail (id),
    -- none: taken over from contact.dead
    event_id INTEGER REFERENCES event (id)
) STRICT;
CREATE UNIQUE INDEX address_now ON address_state (address) WHERE until IS NULL;
CREATE INDEX address_state_by_mail ON address_state (mail_id) WHERE mail_id IS NOT NULL;
INSERT INTO address_state (address, state, since, evidence)
    SELECT address, 'suppressed', coalesce(max(dead_since), 0), max(dead) FROM contact WHERE dead IS NOT NULL GROUP BY address;
UPDATE contact SET dead = NULL, dead_since = NULL WHERE dead IS NOT NULL;

-- What mails say of letters that did not arrive, and what was made of it.
CREATE TABLE delivery_report (
    mail_id INTEGER NOT NULL REFERENCES mail (id),
    delivery_id INTEGER NOT NULL REFERENCES delivery (id),
    request_id INTEGER REFERENCES request (id),
    at INTEGER NOT NULL,
    -- domain::deliverability::Witness
    witness TEXT NOT NULL,
    -- JSON of domain::deliverability::Finding
    finding TEXT NOT NULL,
    why TEXT NOT NULL,
    -- 'noted' (it changed nothing), 'claimed' (nothing proves it, a person decides), 'drawn', 'taken back'
    standing TEXT NOT NULL,
    -- JSON of what the delivery and the clock were before it was drawn
    before TEXT,
    PRIMARY KEY (mail_id, delivery_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reports_claimed ON delivery_report (request_id, at) WHERE standing = 'claimed';
CREATE INDEX reports_of_delivery ON delivery_report (delivery_id);

-- domain::deliverability::About of the last refusal or return
ALTER TABLE delivery ADD COLUMN about TEXT;
-- the event by which a person dealt with a letter that came back: it is no reason any more to hold anything or to write elsewhere
ALTER TABLE delivery ADD COLUMN dealt_with INTEGER REFERENCES event (id);
