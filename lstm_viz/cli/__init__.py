"""The commands that a person types: `lstm-viz app`, `trace`, `show`, `site`, `models` ... One command a file."""
