# One's jobs.

jobs-heading = Your jobs
jobs-lead = A job belongs to the key that signed it. Only with that key can its results be fetched.
jobs-new = Post a job
jobs-line = From the command line
