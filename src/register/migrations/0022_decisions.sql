-- What waits for a person is owed too, and rises inside the office when it is due (domain::decision). What is not owed any more has no row: that it was
-- is told by the record.

DROP TRIGGER no_attempt_of_what_has_ended;
CREATE TABLE obligation_anew (
    -- domain::obligation::ObligationKind
    kind TEXT NOT NULL CHECK (kind IN ('next step', 'attempt', 'decision', 'release')),
    -- of the request, delivery, mail or letter, by kind
    number INTEGER NOT NULL,
    -- domain::subject::SubjectKind and the number of the subject; none of a letter to staff, and of a mail that may be about several things or none
    subject_kind TEXT CHECK (subject_kind IN ('request', 'matter', 'draft', 'meeting', 'commitment', 'person', 'authority')),
    subject_id INTEGER,
    -- Unix seconds; none once it has risen to the head
    due INTEGER,
    -- domain::staff::Rises: how far it has risen inside the office
    state TEXT NOT NULL CHECK (state IN ('open', 'with deputy', 'with head')),
    PRIMARY KEY (kind, number),
    CHECK ((subject_kind IS NULL) = (subject_id IS NULL)),
    CHECK ((state = 'with head') = (due IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO obligation_anew (kind, number, subject_kind, subject_id, due, state)
    SELECT kind, number, subject_kind, subject_id, due, state FROM obligation WHERE due IS NOT NULL;
-- Of what waits already: the rules are not known here, so each is due to rise, and the next pass says how far.
INSERT INTO obligation_anew (kind, number, due, state)
    SELECT 'decision', id, received_at, 'open' FROM mail
    WHERE standing IN ('suggested', 'unlinked', 'quarantined')
        OR id IN (SELECT mail_id FROM mail_link WHERE effect = 'waiting')
        OR id IN (SELECT mail_id FROM rest WHERE until IS NULL AND kind = 'of authority')
        OR id IN (SELECT c.mail_id FROM delivery_report c JOIN request r ON r.id = c.request_id WHERE c.standing = 'claimed' AND r.ended IS NULL
            AND CASE WHEN EXISTS (SELECT 1 FROM request_recommendation WHERE request_id = r.id)
                THEN (SELECT count(DISTINCT recommendation_id) FROM answer WHERE request_id = r.id)
                    < (SELECT count(*) FROM request_recommendation WHERE request_id = r.id)
                ELSE NOT EXISTS (SELECT 1 FROM mail_link WHERE request_id = r.id AND effect = 'reply') END);
DROP TABLE obligation;
ALTER TABLE obligation_anew RENAME TO obligation;
-- The only thing that the clock looks at.
CREATE INDEX obligation_due ON obligation (kind, due) WHERE due IS NOT NULL;
-- A letter that was accepted and is due would leave twice.
CREATE TRIGGER attempt_of_what_is_on_its_way BEFORE INSERT ON obligation
    WHEN NEW.kind = 'attempt' AND (SELECT state FROM delivery WHERE id = NEW.number) NOT IN ('waiting', 'unknown')
    BEGIN SELECT RAISE(ABORT, 'what neither waits nor is unknown is not attempted'); END;
CREATE TRIGGER attempt_again_of_what_is_on_its_way BEFORE UPDATE ON obligation
    WHEN NEW.kind = 'attempt' AND (SELECT state FROM delivery WHERE id = NEW.number) NOT IN ('waiting', 'unknown')
    BEGIN SELECT RAISE(ABORT, 'what neither waits nor is unknown is not attempted'); END;
CREATE TRIGGER no_attempt_of_what_has_ended AFTER UPDATE OF state ON delivery WHEN NEW.state NOT IN ('waiting', 'unknown')
    BEGIN DELETE FROM obligation WHERE kind = 'attempt' AND number = NEW.id; END;

-- Everything is planned anew by the rules of the next start.
DELETE FROM setting WHERE key = 'rules';
