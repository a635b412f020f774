"""Files that a person names: written whole or not at all, and sizes in words."""
