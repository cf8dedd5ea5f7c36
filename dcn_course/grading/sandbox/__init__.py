"""The worker's side: a nursery that has NumPy loaded forks a process for each job. Linux alone."""
