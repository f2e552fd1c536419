"""Text in, meaning out: the NLP of Fieldback (database tables live in core)."""
