"""Signup's table: invitations, processed mail, letters, and how far the mailbox was read.

Key formats:

    batch               pk BATCH#<id>     sk BATCH
    its people by state pk BATCH#<id>     sk COUNTS
    invitation          pk BATCH#<id>     sk INV#<number>
    list of batches     pk BATCHES        sk <id>
    mail dealt with     pk MAIL#<id>      sk MAIL
    mail for review     pk REVIEW         sk <time>#<mail id>
    mailbox             pk BOX#<name>     sk BOX
    letter sent         pk LETTER#<id>    sk SENT
    mail to read again  pk AGAIN          sk <mailbox>#<uidvalidity>#<uid>
    letter to queue     pk LETTERS        sk <id>
    facts               pk OUTGOING       (`recado.outgoing`)

The last three are lists of what is still to be done; only what stands on them is ever deleted.
`expires_at` forgets everything else after two years, what a mailbox holds for review after 90 days.
"""
