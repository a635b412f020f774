"""The cell at one step: memory flowing through its gates."""
