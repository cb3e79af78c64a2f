"""What is kept, and how: tables, envelopes, keys."""
