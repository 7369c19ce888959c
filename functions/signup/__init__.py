"""Sign-up by answering an e-mail: invites people, reads their answers, asks for what is missing.

Woken by a schedule (looks into a mailbox over IMAP), by SES inbound mail (S3 to SQS), by API
Gateway (staff who invite, people who confirm), by its queue of mails to send, and by the bus.
Emits CampaignAsked (to central, for the invitations), InvitationsSent, ReplySettled and
RegistrationReceived (to central, which registers). Stores invitations and processed mail.
"""
