-- What demarche itself put into the holding queue, and why: something in a mailbox could not be read, or left it before it was. NULL for a mail.
ALTER TABLE mail ADD COLUMN note TEXT;
