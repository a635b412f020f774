"""The lessons' interactive parts."""
