"""The engines, by name (`catalogue`). Each is imported when it is asked for."""
