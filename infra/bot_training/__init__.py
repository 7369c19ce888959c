"""Trains the bot's classifier offline and evaluates it: nothing of this goes to Lambda."""
