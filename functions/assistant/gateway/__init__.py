"""The model services as the assistant reaches them: a module for each protocol, the same ports."""
