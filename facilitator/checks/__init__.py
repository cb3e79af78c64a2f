"""The checks of `flask doctor`. Each yields findings: what is so, and how to mend it."""
