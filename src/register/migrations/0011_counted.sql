-- When a mail ceased to count that had counted only because a person had said of another one that its address writes for the authority, and has taken
-- that back. NULL for all others, and once a person has placed it.
ALTER TABLE mail ADD COLUMN counted_until INTEGER;
