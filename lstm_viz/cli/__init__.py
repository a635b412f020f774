"""The commands that a person types: `lstm-viz app`, `trace`, `show`, `models`. One command a file."""
