"""The maths: one step of each cell, and the recording of whole runs."""
