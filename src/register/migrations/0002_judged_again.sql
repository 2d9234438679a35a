-- Mails of which it is not known who wrote them, since the DNS did not answer, and when it is asked again.
CREATE TABLE judged_again (
    mail_id INTEGER PRIMARY KEY REFERENCES mail (id),
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX judged_again_by_time ON judged_again (at);
