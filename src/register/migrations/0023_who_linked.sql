-- Who has linked a mail: a person's name, or nobody's where a rule has. The word 'rule' stood for that in linked_by, and a person may bear it.
ALTER TABLE mail_link ADD COLUMN person TEXT;
UPDATE mail_link SET person = linked_by WHERE linked_by <> 'rule'
    OR EXISTS (SELECT 1 FROM event e WHERE e.id = event_id AND e.actor = 'rule' AND e.way IS NOT NULL);
ALTER TABLE mail_link DROP COLUMN linked_by;
