"""Perhaps: a live room for guessing, together and without names, what is on a character's mind."""

# Nothing is imported here: __main__ must monkey-patch before anything else is loaded.
__version__ = "0.1.0"
