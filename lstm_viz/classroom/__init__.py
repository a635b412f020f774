"""Classes: a teacher's page is followed in the browsers of a class, and questions are asked of it.

A class is a few strings in the server's memory: the teacher's address, which holds the whole state of a page, the
question that is open and its counts. Browsers hear of changes by server-sent events, and no script runs for that.
Nothing is written to a disk, and no name is asked for.
"""
