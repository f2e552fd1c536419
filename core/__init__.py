"""The shared vocabulary, settings, tables and store; imports nothing of ours."""
