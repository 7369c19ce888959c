"""Sign-up: whoever answers the invitation's form by e-mail becomes a customer.

`domain` reads the answers: which mail is a person's, what they filled in, what is missing or wrong,
and how far the sender's address can be believed.
"""
