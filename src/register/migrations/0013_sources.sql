-- Each new mail is held beside those of sources, of which there are few among many.
CREATE INDEX mail_of_source ON mail (id) WHERE is_source;
