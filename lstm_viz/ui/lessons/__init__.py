"""The lessons' pages: their text column, and the runs, charts and controls that each lesson adds to the stage."""
