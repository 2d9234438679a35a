"""A plain mail client: what an authority's clerk uses. It knows IMAP, SMTP and e-mail, and nothing of demarche.

    plain_client.py read   IMAPS_PORT CA_FILE USER
        prints the mails of USER's INBOX as JSON, oldest first
    plain_client.py answer IMAPS_PORT CA_FILE USER SMTPS_PORT ADDRESS
        answers the oldest mail of the INBOX from ADDRESS with the text on standard input above the quoted letter, as clients do, and prints
        the answer's Message-ID
"""

import email
import email.message
import email.policy
import email.utils
import imaplib
import json
import smtplib
import ssl
import sys

PASSWORD = "hunter2"


def inbox(port, ca_file, user):
    context = ssl.create_default_context(cafile=ca_file)
    with imaplib.IMAP4_SSL("localhost", int(port), ssl_context=context) as session:
        session.login(user, PASSWORD)
        session.select("INBOX", readonly=True)
        _, numbers = session.search(None, "ALL")
        mails = []
        for number in numbers[0].split():
            _, fetched = session.fetch(number, "(RFC822)")
            mails.append(email.message_from_bytes(fetched[0][1], policy=email.policy.default))
        return mails


def text_of(mail):
    part = mail.get_body(("plain",))
    return part.get_content() if part else ""


def read(port, ca_file, user):
    wanted = ["from", "to", "cc", "subject", "message-id", "in-reply-to", "references", "reply-to", "return-path", "content-type", "auto-submitted"]
    shown = [{**{name: str(mail[name]) for name in wanted if mail[name]}, "text": text_of(mail)} for mail in inbox(port, ca_file, user)]
    json.dump(shown, sys.stdout)


def answer(imap_port, ca_file, user, smtp_port, address):
    letter = inbox(imap_port, ca_file, user)[0]
    reply = email.message.EmailMessage()
    reply["From"] = address
    reply["To"] = letter["reply-to"] or letter["from"]
    reply["Subject"] = "Re: " + letter["subject"]
    reply["Date"] = email.utils.localtime()
    reply["Message-ID"] = email.utils.make_msgid(domain=address.split("@")[1])
    reply["In-Reply-To"] = letter["message-id"]
    reply["References"] = " ".join(filter(None, [letter["references"], letter["message-id"]]))
    quoted = "".join("> " + line + "\n" for line in text_of(letter).splitlines())
    reply.set_content(sys.stdin.read() + "\n\nOn " + letter["date"] + ", " + letter["from"] + " wrote:\n" + quoted)
    context = ssl.create_default_context(cafile=ca_file)
    with smtplib.SMTP_SSL("localhost", int(smtp_port), context=context) as session:
        session.login(user, PASSWORD)
        session.send_message(reply)
    print(reply["Message-ID"])


{"read": read, "answer": answer}[sys.argv[1]](*sys.argv[2:])
