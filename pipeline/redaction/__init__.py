"""The parts of redaction: what is found in a text, and what a speaker is called afterwards."""
