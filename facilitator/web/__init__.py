"""The HTTP edge: who is asking, what they do, what they get back."""
