-- The subject of the letter by which correspondence was begun by hand: replies to it are known by that.
ALTER TABLE request ADD COLUMN subject TEXT;
UPDATE request SET subject = (
    SELECT json_extract(e.detail, '$.subject') FROM event e WHERE e.request_id = request.id AND e.kind = 'request adopted'
) WHERE adopted;
