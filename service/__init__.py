"""The running service: stores, ingest, access, audit, use cases, API, pages and the command."""
