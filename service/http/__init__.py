"""What the JSON interface and the pages share: who calls, how errors are said, headers, sessions, health."""
