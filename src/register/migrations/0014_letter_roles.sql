-- What a letter is (domain::letter::LetterRole) apart from the template that it was written from: until now one word was both, and a step of the
-- ladder with a template of another name was taken for something else.
ALTER TABLE letter RENAME COLUMN kind TO template;
ALTER TABLE letter ADD COLUMN role TEXT NOT NULL DEFAULT ''
    CHECK (role IN ('', 'request', 'reminder', 'escalation', 'examination', 'acknowledgement', 'digest', 'alarm'));
UPDATE letter SET role = CASE
    WHEN template IN ('examination', 'acknowledgement', 'escalation', 'digest', 'alarm') THEN template
    WHEN step IS NULL THEN CASE template WHEN 'reminder' THEN 'reminder' ELSE 'request' END
    -- A step to another level than that of the first letter went to somebody above.
    WHEN level <> (SELECT min(f.level) FROM letter f WHERE f.request_id = letter.request_id AND f.step IS NULL AND f.template = 'request')
        THEN 'escalation'
    ELSE 'reminder' END;
