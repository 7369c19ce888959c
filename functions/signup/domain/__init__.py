"""What a mail in signup's mailbox says, and what to write back: pure.

`reading.read` is the way in; `form` has the texts. See docs/signup.md.
"""
