-- What SQL asks of a mail stands in columns of its own; what else was understood of it is read as a whole.

-- domain::source::SourceState
ALTER TABLE mail ADD COLUMN source_state TEXT NOT NULL DEFAULT 'not a source'
    CHECK (source_state IN ('not a source', 'perhaps a source', 'source', 'said not a source'));
UPDATE mail SET source_state = CASE
    WHEN is_source AND placed_by_person THEN 'source'
    WHEN is_source THEN 'perhaps a source'
    ELSE 'said not a source' END
WHERE is_source OR said_no_source;
DROP INDEX mail_of_source;
ALTER TABLE mail DROP COLUMN is_source;
ALTER TABLE mail DROP COLUMN said_no_source;
-- Each new mail is held beside those of sources, of which there are few among many.
CREATE INDEX mail_of_source ON mail (id) WHERE source_state = 'source';
CREATE INDEX mail_perhaps_of_source ON mail (id) WHERE source_state = 'perhaps a source';

-- domain::haste::short_text of what its author newly wrote: the same words, again, may be a machine's
ALTER TABLE mail ADD COLUMN short_text TEXT;
-- sent to many, or taken for spam
ALTER TABLE mail ADD COLUMN bulk INTEGER NOT NULL DEFAULT 0 CHECK (bulk IN (0, 1));
-- a read receipt that says that the letter was deleted and not shown to anybody (RFC 8098 §3.2.6.2)
ALTER TABLE mail ADD COLUMN deleted_unread INTEGER NOT NULL DEFAULT 0 CHECK (deleted_unread IN (0, 1));
-- a report that says of somebody more than that the letter was passed on to a server which reports nothing (`relayed`, RFC 3464 §2.3.3)
ALTER TABLE mail ADD COLUMN says_arrived INTEGER NOT NULL DEFAULT 0 CHECK (says_arrived IN (0, 1));
-- the domain in From, of a mail that bears no signature of that domain
ALTER TABLE mail ADD COLUMN unsigned_from TEXT;
UPDATE mail SET
    short_text = CASE WHEN length(trim(json_extract(understood, '$.reply'), ' ' || char(9, 10, 13))) BETWEEN 1 AND 400
        THEN trim(json_extract(understood, '$.reply'), ' ' || char(9, 10, 13)) END,
    bulk = coalesce(json_extract(understood, '$.bulk'), 0),
    deleted_unread = coalesce(json_extract(understood, '$.bounce.deleted_unread'), 0),
    says_arrived = EXISTS (
        SELECT 1 FROM json_each(understood, '$.bounce.recipients') x WHERE json_extract(x.value, '$.action') <> 'relayed')
WHERE understood IS NOT NULL;
UPDATE mail SET unsigned_from = nullif(json_extract(authenticity, '$.from_domain'), '')
WHERE authenticity IS NOT NULL AND NOT json_extract(authenticity, '$.has_own_signature');
CREATE INDEX mail_unsigned ON mail (unsigned_from) WHERE unsigned_from IS NOT NULL;

-- domain::linking::Evidence says which letter of ours it names, or which delivery.
UPDATE mail_link SET evidence = (
    SELECT json_group_array(json(CASE
        WHEN json_extract(e.value, '$.clue') IN ('thread', 'returned letter', 'enclosed letter') AND o.letter_id IS NOT NULL
            THEN json_set(e.value, '$.letter', json_object('letter', o.letter_id))
        WHEN json_extract(e.value, '$.clue') = 'bounce address' AND d.id IS NOT NULL
            THEN json_set(e.value, '$.letter', json_object('delivery', d.id))
        ELSE e.value END))
    FROM (SELECT value FROM json_each(mail_link.evidence) ORDER BY key) e
        LEFT JOIN own_message_id o ON o.message_id = json_extract(e.value, '$.detail')
        LEFT JOIN delivery d ON d.id = (SELECT min(x.id) FROM delivery x WHERE x.envelope_sender = json_extract(e.value, '$.detail')))
WHERE EXISTS (SELECT 1 FROM json_each(mail_link.evidence) e
    WHERE json_extract(e.value, '$.clue') IN ('thread', 'returned letter', 'enclosed letter', 'bounce address'));
UPDATE mail_suggestion SET evidence = (
    SELECT json_group_array(json(CASE
        WHEN json_extract(e.value, '$.clue') IN ('thread', 'returned letter', 'enclosed letter') AND o.letter_id IS NOT NULL
            THEN json_set(e.value, '$.letter', json_object('letter', o.letter_id))
        WHEN json_extract(e.value, '$.clue') = 'bounce address' AND d.id IS NOT NULL
            THEN json_set(e.value, '$.letter', json_object('delivery', d.id))
        ELSE e.value END))
    FROM (SELECT value FROM json_each(mail_suggestion.evidence) ORDER BY key) e
        LEFT JOIN own_message_id o ON o.message_id = json_extract(e.value, '$.detail')
        LEFT JOIN delivery d ON d.id = (SELECT min(x.id) FROM delivery x WHERE x.envelope_sender = json_extract(e.value, '$.detail')))
WHERE EXISTS (SELECT 1 FROM json_each(mail_suggestion.evidence) e
    WHERE json_extract(e.value, '$.clue') IN ('thread', 'returned letter', 'enclosed letter', 'bounce address'));
