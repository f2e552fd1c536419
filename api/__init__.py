"""What people and programs ask: the HTTP interface and its pages."""
