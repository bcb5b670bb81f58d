# One's jobs.

jobs-heading = Your jobs
jobs-lead = A job belongs to the key that signed it. Only with that key can its results be fetched.
jobs-new = Post a job
jobs-line = From the command line
jobs-loading = Loading your jobs…
jobs-no-key = This browser has no submitter key yet. Post a job, or load your key file below: it brings back all of your jobs.
jobs-none = This key has posted no jobs yet.
jobs-truncated =
    { $count ->
        [one] Only the newest job is shown.
       *[other] The newest { $count } jobs are shown; there are more. The command line lists them all.
    }
