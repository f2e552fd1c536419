"""Files in, conversations out: one module a format, behind one registry."""
