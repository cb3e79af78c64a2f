"""The bench: how fast the live room is, beside three yardsticks measured in the same run (`make bench`)."""
