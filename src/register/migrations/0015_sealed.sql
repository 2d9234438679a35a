-- The second half of 0015, when every event has its commitment, its payload and its new hash.
ALTER TABLE event DROP COLUMN detail;
CREATE UNIQUE INDEX event_erased ON event (erases) WHERE erases IS NOT NULL;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER payload_is_never_changed BEFORE UPDATE ON event_payload BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER payload_is_erased_by_an_event BEFORE DELETE ON event_payload
    WHEN NOT EXISTS (SELECT 1 FROM event WHERE erases = OLD.event_id)
    BEGIN SELECT RAISE(ABORT, 'a payload goes only after an event that says so'); END;
