"""When and in what order: ingestion, the stages of a night, the flow and the command line."""
