"""Sandbox: strangers' files are parsed in a short-lived child process with limits on memory and time.

`process` starts and watches the child, `child` is what runs in it, `wire` is what goes over the pipe, `sizes` are
the limits. Who has files read is known here by dotted names alone.
"""
