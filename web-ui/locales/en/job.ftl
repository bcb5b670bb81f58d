# One job.

job-heading = Job { $id }
job-lead = Its result is checked and folded on the submitter's own machine: every signature, every majority, every hash.
job-line = Fetch the result from the command line

## States of tasks

job-state-stored = stored
job-state-accepted = accepted
job-state-voted = voted
job-state-running = running
job-state-waiting = waiting
job-state-failed = failed

## Why a job does not go on

job-waiting-inputs =
    { $missing ->
        [one] Waiting for { $missing } input to be uploaded.
       *[other] Waiting for { $missing } inputs to be uploaded.
    }
job-waiting-volunteers = Waiting for volunteers: { $eligible } connected that may take this job, { $needed } are needed to start.
job-waiting-one-more = Running on { $eligible } of { $trust } volunteers: one more is needed if the first ones disagree.
job-waiting-networks = Waiting for volunteers on other networks: { $networks } connected, { $needed } are needed.
job-waiting-proven = Waiting for proven volunteers: { $proven } connected, { $needed } are needed.
job-waiting-busy = Waiting for a free volunteer: all are busy.
job-waiting-draining = The server is stopping. The job goes on when it is back.
