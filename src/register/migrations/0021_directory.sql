-- The directory is about people: an authority has units, a unit has posts, a post is held by persons from a day to a day, and a post or its holder is
-- written to at addresses. What stood in a row of contact is taken over by register/migrate/directory.rs, which keeps the numbers of the addresses.

CREATE TABLE unit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    -- empty: the authority as a whole
    name TEXT NOT NULL,
    UNIQUE (authority_id, name)
) STRICT;

CREATE TABLE post (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    unit_id INTEGER NOT NULL REFERENCES unit (id),
    -- one of the configuration's levels
    level TEXT NOT NULL,
    focal_point INTEGER NOT NULL,
    -- what the post is called; empty where nobody has said so
    title TEXT NOT NULL DEFAULT '',
    -- the title as it is compared
    title_key TEXT NOT NULL DEFAULT '',
    UNIQUE (unit_id, level, focal_point, title_key)
) STRICT;

CREATE TABLE person (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    authority_id INTEGER NOT NULL REFERENCES authority (id),
    -- the name as it is compared
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (authority_id, key)
) STRICT;

-- Former holders stay. Days are on the authority's calendar, both included.
CREATE TABLE holder (
    post_id INTEGER NOT NULL REFERENCES post (id),
    person_id INTEGER NOT NULL REFERENCES person (id),
    valid_from TEXT,
    valid_to TEXT,
    PRIMARY KEY (post_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX posts_held ON holder (person_id);

CREATE TABLE contact_anew (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    post_id INTEGER NOT NULL REFERENCES post (id),
    -- who holds the post and is written to here; none of a post's own mailbox
    person_id INTEGER,
    -- lower case
    address TEXT NOT NULL,
    valid_from TEXT,
    valid_to TEXT,
    UNIQUE (post_id, address),
    FOREIGN KEY (post_id, person_id) REFERENCES holder (post_id, person_id)
) STRICT;

INSERT INTO unit (authority_id, name) SELECT authority_id, office FROM contact GROUP BY authority_id, office ORDER BY min(id);
INSERT INTO post (unit_id, level, focal_point)
    SELECT u.id, c.level, c.focal_point FROM contact c JOIN unit u ON u.authority_id = c.authority_id AND u.name = c.office
    GROUP BY u.id, c.level, c.focal_point ORDER BY min(c.id);

-- A part of an authority is its unit; an office is our own institution.
ALTER TABLE request RENAME COLUMN office TO unit;
ALTER TABLE recommendation_addressee RENAME COLUMN office TO unit;
