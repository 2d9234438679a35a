-- Why nothing leaves to authorities until a person has said so, or until what was wrong is right again.
CREATE TABLE standstill (
    -- domain of register::standstill::Standstill
    reason TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    why TEXT NOT NULL,
    -- where the clock of the machine parted from the time that passed: what it then showed, and by how many seconds it was ahead
    clock INTEGER,
    ahead INTEGER
) STRICT, WITHOUT ROWID;

-- Which register this is, whatever its file is called: a secret of reply addresses belongs to one.
INSERT INTO setting (key, value) VALUES ('identity', lower(hex(randomblob(16))));
