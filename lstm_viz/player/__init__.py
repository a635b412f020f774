"""The client-side player that steps every chart of a page together."""
