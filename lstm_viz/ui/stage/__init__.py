"""A page's stage: the run it looks at, its charts, its player."""
