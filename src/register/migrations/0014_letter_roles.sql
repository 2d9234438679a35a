-- What a letter is (domain::letter::LetterRole) apart from the template that it was written from: until now one word was both, and a step of the
-- ladder with a template of another name was taken for something else.
ALTER TABLE letter RENAME COLUMN kind TO template;
ALTER TABLE letter ADD COLUMN role TEXT NOT NULL DEFAULT ''
    CHECK (role IN ('', 'request', 'reminder', 'escalation', 'examination', 'acknowledgement', 'digest', 'alarm'));
UPDATE letter SET role = CASE
    WHEN step IS NULL THEN CASE WHEN template IN ('acknowledgement', 'reminder', 'digest', 'alarm') THEN template ELSE 'request' END
    -- In place of a step's own letter, or by the name that the built-in template has; a step may use a template of any other name.
    WHEN template IN ('examination', 'escalation') THEN template
    -- A step to another level than that of the first letter went to somebody above.
    WHEN level <> (SELECT min(f.level) FROM letter f WHERE f.request_id = letter.request_id AND f.step IS NULL AND f.template = 'request')
        THEN 'escalation'
    ELSE 'reminder' END;
