"""The rules of the room: standard library only, no clock, no dice, no input or output."""
