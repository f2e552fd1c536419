"""Routes, a module a noun; each has a `router`."""
