-- How attempts ended and where deliveries stand, each in a column of its own. delivery.reply held four things: the server's reply, why a letter was
-- cancelled, by what a letter was found to have left, and the words of a report by which it came back.

-- JSON of domain::deliverability::Finding; of a refusal. attempt.reply: what the server said, or why nothing was heard of it.
ALTER TABLE attempt ADD COLUMN finding TEXT;
-- attempt.outcome becomes domain::delivery::DeliveryOutcome. Of refusals from before it is known what the last one of a delivery was about; whether the
-- address was called dead, of each.
UPDATE attempt SET finding = (
        SELECT json_object('about', coalesce(d.about, 'unclear'), 'passes', json('false'), 'delayed', json('false'),
            'dead', json(CASE WHEN attempt.outcome = 'letter refused' AND d.about = 'recipient' THEN 'true' ELSE 'false' END))
        FROM delivery d WHERE d.id = attempt.delivery_id)
    WHERE outcome IN ('letter refused', 'letter refused for now')
        OR outcome = 'letter given up' AND (SELECT d.about FROM delivery d WHERE d.id = attempt.delivery_id) IS NOT NULL;
UPDATE attempt SET outcome = CASE
        WHEN finding IS NOT NULL THEN 'refused'
        WHEN outcome = 'letter sent' THEN 'accepted'
        WHEN outcome = 'letter not tried' THEN 'not_tried'
        WHEN outcome = 'outcome unknown' THEN 'unknown'
        ELSE 'not_sent' END
    WHERE outcome IS NOT NULL;
-- When the relay last took a letter is asked after each attempt.
CREATE INDEX attempts_accepted ON attempt (id) WHERE outcome = 'accepted';

-- delivery.reply: what the server said at the last attempt, or why nothing was heard of it.
-- why it is no longer needed; of a cancelled one
ALTER TABLE delivery ADD COLUMN cancelled_because TEXT;
-- the words of the report `bounced_by`, until the letter is tried again
ALTER TABLE delivery ADD COLUMN returned_because TEXT;

-- What the rules below ask for was always written so; whatever was not is made to agree with them, for a register that does not open is worse.
UPDATE delivery SET next_attempt_at = NULL WHERE state NOT IN ('waiting', 'unknown');
UPDATE delivery SET state = 'refused' WHERE state = 'bounced' AND bounced_by IS NULL;
UPDATE delivery SET accepted_at = coalesce(first_attempt_at, (SELECT written_at FROM letter WHERE letter.id = letter_id), 0)
    WHERE state = 'accepted' AND accepted_at IS NULL;

UPDATE delivery SET cancelled_because = coalesce(reply, '') WHERE state = 'cancelled';
-- One that waits after a return and was tried since has the server's last reply.
UPDATE delivery SET returned_because = coalesce(
        (SELECT r.why FROM delivery_report r WHERE r.mail_id = bounced_by AND r.delivery_id = delivery.id), reply, '')
    WHERE state = 'bounced' OR state = 'waiting' AND bounced_by IS NOT NULL
        AND reply IS NOT (SELECT a.reply FROM attempt a WHERE a.delivery_id = delivery.id ORDER BY a.id DESC LIMIT 1);

-- By what a letter was found to have left whose last word was not heard, or of which no attempt is on record; else the server has said so. With the
-- last new column come the rules that hold for each row.
ALTER TABLE delivery ADD COLUMN found_sent_by TEXT
    CHECK (state <> 'accepted' OR accepted_at IS NOT NULL)
    CHECK (next_attempt_at IS NULL OR state IN ('waiting', 'unknown'))
    CHECK ((state = 'cancelled') = (cancelled_because IS NOT NULL))
    CHECK (state <> 'bounced' OR bounced_by IS NOT NULL AND returned_because IS NOT NULL)
    CHECK (returned_because IS NULL OR state IN ('bounced', 'waiting', 'attempting'))
    CHECK (found_sent_by IS NULL OR accepted_at IS NOT NULL);
UPDATE delivery SET found_sent_by = CASE WHEN returned_because IS NULL THEN reply ELSE
            (SELECT json_extract(r.before, '$.reply') FROM delivery_report r WHERE r.mail_id = bounced_by AND r.delivery_id = delivery.id) END
    WHERE accepted_at IS NOT NULL AND (state = 'accepted' OR returned_because IS NOT NULL)
        AND (SELECT a.outcome FROM attempt a WHERE a.delivery_id = delivery.id ORDER BY a.id DESC LIMIT 1) IS NOT 'accepted';
UPDATE delivery SET reply = (SELECT a.reply FROM attempt a WHERE a.delivery_id = delivery.id ORDER BY a.id DESC LIMIT 1)
    WHERE cancelled_because IS NOT NULL OR returned_because IS NOT NULL OR found_sent_by IS NOT NULL;
