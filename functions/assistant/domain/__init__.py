"""What a turn of the assistant is: pure. `ports` is what it needs of the models."""
