"""What is counted of a fact and of a campaign, and how a recount is compared: pure."""
