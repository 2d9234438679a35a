-- Mails that left a mailbox before they were read are looked for in the account's other folders.
-- received after this, for the mailbox had been read to its end by then
ALTER TABLE vanished ADD COLUMN since INTEGER;
-- none as long as they are still to be looked for
ALTER TABLE vanished ADD COLUMN looked_at INTEGER;
-- where, and what was found, for people
ALTER TABLE vanished ADD COLUMN looked TEXT NOT NULL DEFAULT '';
UPDATE vanished SET looked_at = noticed_at;
