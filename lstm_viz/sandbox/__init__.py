"""Sandbox: untrusted files are parsed in a short-lived child process with limits on memory and time.

`process` starts and watches the child, `child` is what runs in it, `wire` is what goes over the pipe, `sizes` are
the limits. Its users, the readers of tables, models and runs, are known here by dotted names alone.
"""
