"""Lesson texts (Markdown), observations and questions, and the shapes of the shape inspector."""
