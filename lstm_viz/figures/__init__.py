"""Trace to Plotly figure, pure: one palette, one language of pictures."""
