"""The pages: server-rendered, Chinese first, without scripts."""
