"""Conversations in DynamoDB, and lists of what is still to be done about them.

Key formats, in chat's table (`expires_at` forgets everything):

    conversation     pk CNV#<id>   sk HEAD
    line             pk CNV#<id>   sk LINE#<sequence>
    message, by its  pk CNV#<id>   sk MSG#<client's id>
    early message    pk CNV#<id>   sk EARLY#<number>
    early fact       pk CNV#<id>   sk FACT#<handover>#<number>
    codes asked for  pk ASKED#<digest of a claim or customer>   sk CODES
    to be answered   pk UNANSWERED sk <conversation>
    may be idle      pk IDLE       sk <when to look>#<conversation>
    code to mail     pk CODES      sk <id>
    facts            pk OUTGOING   (`recado.outgoing`)

Only what stands on a list is ever deleted.
"""
