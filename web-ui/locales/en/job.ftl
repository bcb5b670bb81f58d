# One job.

job-heading = Job { $id }
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
job-waiting-quorum = Waiting for storage quorum: the storage nodes have not stored it yet.
job-waiting-draining = The server is stopping. The job goes on when it is back.

## The page

job-lead = This browser checks everything and folds the result: every signature, every majority, every hash.
job-loading = Loading the job…
job-other-key = Another key posted this job
job-other-key-what = The results are here, but only the key that signed the job may fetch them. If it is yours, load its file.
job-progress = Progress
job-stale =
    { $seconds ->
        [one] What you see is as of { $at }. Trying again in { $seconds } second.
       *[other] What you see is as of { $at }. Trying again in { $seconds } seconds.
    }
job-retry = Try now
job-announced = { $percent } % of the tasks are decided.
job-is-uploading = uploading
job-is-running = running
job-is-complete = complete
job-is-cancelled = cancelled
job-is-expired = expired
job-is-stopped = stopped by the operator
job-share = Share this link; who opens it can press Start:
job-program = Program
job-tasks = Tasks
job-trust = Volunteers for each task
job-posted-at = Posted
job-ended-at = Ended
job-kept-until = Outputs are kept until
job-left = Time left
job-left-range = { $from } to { $to } s
job-left-unknown = not enough data yet
job-id = Job

## What was verified

job-checked = Verified in this browser
job-checked-nothing = Nothing is decided yet.
job-checked-tasks =
    { $count ->
        [one] { $good } of { $count } task verified
       *[other] { $good } of { $count } tasks verified
    }
job-checked-means =
    { $least ->
        [one] Verified means: for each task at least { $least } key signed the same bytes, more than half of those chosen. { $keys } different keys took part.
       *[other] Verified means: for each task at least { $least } different keys signed the same bytes, more than half of those chosen. { $keys } different keys took part.
    }
job-checked-votes =
    { $votes ->
        [one] { $votes } vote with its signature, { $outvoted } outvoted
       *[other] { $votes } votes with their signatures, { $outvoted } outvoted
    }
job-checked-not-good =
    { $count ->
        [one] { $count } task has an agreed answer that is no output: the program did not end well
       *[other] { $count } tasks have an agreed answer that is no output: the program did not end well
    }
job-checked-failed =
    { $count ->
        [one] { $count } task has no answer
       *[other] { $count } tasks have no answer
    }
job-checked-one-network =
    { $count ->
        [one] in { $count } task one network held two seats, as the server itself states
       *[other] in { $count } tasks one network held two seats, as the server itself states
    }
job-checked-unproven =
    { $count ->
        [one] { $count } task was decided by volunteers that are not proven yet, as the server itself states
       *[other] { $count } tasks were decided by volunteers that are not proven yet, as the server itself states
    }
job-checked-not = It does not mean that the answer is mathematically right, nor that different keys are different people.
job-broken = Not verified: a rule is broken
job-broken-what = The server gave something that was not signed for. Nothing of this job counts as verified, and there is no result. Tell its operator, and keep this:

## Result

job-result = Result
job-result-where = Folded here, in this browser. The server never has it.
job-result-folded =
    { $count ->
        [one] { $folded } of { $count } task folded so far.
       *[other] { $folded } of { $count } tasks folded so far.
    }
job-result-folding = Folding the outputs…
job-result-incomplete =
    { $missing ->
        [one] { $missing } task has no output; the first is task { $first }:
       *[other] { $missing } tasks have no output; the first is task { $first }:
    }
job-result-partial = Fold what there is
job-result-verified = Verified and folded.
job-result-missing =
    { $missing ->
        [one] The result is partial: { $missing } task is not in it.
       *[other] The result is partial: { $missing } tasks are not in it.
    }
job-result-download = Download
job-preview-none = This kind of result is not shown. Download it.
job-preview-image = The result as an image
job-preview-loading = Reading the result…
job-preview-cut = Only the beginning is shown. Download it for the rest.
job-preview-table = Beginning of the result
job-preview-rows =
    { $count ->
        [one] Only the first { $count } row is shown. Download it for the rest.
       *[other] Only the first { $count } rows are shown. Download it for the rest.
    }

## Tasks and votes

job-task = Task
job-task-state = State
job-task-seats = Seats
job-task-outcome = Answer
job-task-agree = { $agree } of { $chosen } agree
job-task-details = Task { $task } · { $state }
job-tasks-loading = Loading the tasks…
job-tasks-none = No such tasks.
job-tasks-failed-only = Only tasks without a good answer
job-tasks-first = From the beginning
job-tasks-next = Next
job-seat = Attempt · seat
job-seat-verdict = Verdict
job-seat-agrees = agrees
job-seat-outvoted = outvoted
job-seat-secret = voted; shown after the verdict
job-seat-computing = computing
job-seats-none = Nobody has a seat of it yet.
job-log-of = What the program wrote to standard error at { $node }
job-log-unverified = What programs write to standard error comes from the volunteers, and nobody verified it.
job-dissent = Who disagreed
job-dissent-what = These votes were signed, checked here, and not followed. Equal answers have equal hashes.
job-dissent-who = Who
job-dissent-said = Said
job-dissent-accepted = Accepted
job-dissent-nobody = no majority
job-dissent-more = { $listed } of { $count } are shown.
job-outcome-ok = ended well
job-outcome-exit = ended with exit code { $code }
job-outcome-trap = trapped
job-outcome-fuel = ran out of fuel: its limit is { $limit }
job-outcome-output = wrote too much
job-outcome-memory = wanted too much memory

## What can be done

job-acts = What you can do
job-duplicate = Duplicate and edit
job-cancel = Cancel…
job-cancel-question = Cancel this job?
job-cancel-kept = No further task begins. What is accepted stays: its outputs are kept, can be verified, and folded to a partial result.
job-cancel-yes = Cancel the job
job-cancel-no = Let it run
