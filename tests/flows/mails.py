"""Messages as they come back: delivery reports, complaints, holiday answers, people."""


def report(
    message_id: str, *, action: str = "failed", status: str = "5.1.1", said: str = "550 5.1.1 User unknown"
) -> bytes:
    """A delivery report as Postfix writes it (RFC 3464), with the head of our message."""
    return f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: hello@shop.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-{action}-{status}@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Mon, 2 Mar 2026 10:00:00 +0000

Final-Recipient: rfc822; ada@example.com
Original-Recipient: rfc822;ada@example.com
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; {said}

--B
Content-Type: text/rfc822-headers

From: Shop <hello@shop.example>
To: ada@example.com
Subject: How was it?
Message-ID: {message_id}

--B--
""".replace("\n", "\r\n").encode()


def exim(message_id: str) -> bytes:
    """A free-form report, as Exim writes it."""
    return f"""\
Return-path: <>
Received: from Debian-exim by mx.example.net with local (Exim 4.96)
X-Failed-Recipients: ada@example.com
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.net>
To: hello@shop.example
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1r@mx.example.net>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@example.com
    SMTP error from remote mail server after RCPT TO:<ada@example.com>:
    host mx.example.com [192.0.2.1]: 550 5.1.1 <ada@example.com>: User unknown

------ This is a copy of the message, including all the headers. ------

From: Shop <hello@shop.example>
To: ada@example.com
Message-ID: {message_id}
Subject: How was it?

Hello
""".replace("\n", "\r\n").encode()


def complaint(message_id: str, *, kind: str = "abuse") -> bytes:
    """A complaint (ARF, RFC 5965) in which the recipient was blacked out."""
    return f"""\
From: <staff@hotmail.example>
To: <abuse@shop.example>
Subject: complaint about message from 192.0.2.25
Message-ID: <arf1@hotmail.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--B
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <bounces@shop.example>
Original-Rcpt-To: <redacted>

--B
Content-Type: message/rfc822

From: Shop <hello@shop.example>
To: redacted
Subject: How was it?
Message-ID: {message_id}

Hello

--B--
""".replace("\n", "\r\n").encode()


def reply(
    message_id: str = "",
    *,
    sender: str = "Ada L <ada@example.com>",
    text: str = "Please call me, the tea was stale.",
    head: str = "",
    number: int = 1,
) -> bytes:
    """What somebody answers from his mail client, our message quoted below."""
    answers = f"In-Reply-To: {message_id}\nReferences: <x@y.example> {message_id}\n" if message_id else ""
    return f"""\
Return-Path: <ada@example.com>
From: {sender}
To: hello@shop.example
Subject: Re: How was it?
Message-ID: <r{number}@mail.example.com>
{answers}{head}MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{text}

On Mon, Mar 2, 2026 at 11:00 AM Shop <hello@shop.example> wrote:
> Hello Ada
> how was the tea?
""".replace("\n", "\r\n").encode()


HTML = b"""\
From: ada@example.com
To: hello@shop.example
Subject: =?utf-8?q?Re=3A_Gr=C3=BC=C3=9Fe?=
Message-ID: <html1@mail.example.com>
Content-Type: text/html; charset=utf-8

<div><p>Bitte ruft mich <b>an</b>.</p></div>
"""
