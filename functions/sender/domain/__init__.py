"""How a chunk becomes mail, what an answer of SES means, and how fast to go: pure."""
