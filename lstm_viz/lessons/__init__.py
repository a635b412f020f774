"""Each page's text, as Markdown."""
