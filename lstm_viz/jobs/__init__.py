"""Heavy work in worker processes under one fair queue."""

from lstm_viz.jobs.queue import Job, JobError, JobQueue

__all__ = ["Job", "JobError", "JobQueue"]
