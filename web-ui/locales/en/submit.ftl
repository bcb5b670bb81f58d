# Post a job.

submit-title = Submit
submit-heading = Post a job
submit-lead = Your own machine splits the input, verifies every vote and folds the result. You choose how many volunteers must agree.
submit-line = From the command line
submit-line-how = Posts the same job without a browser. Save a pasted text as input.txt first.

## Program

submit-program = Program
submit-program-published = Published program
submit-program-choose = Choose…
submit-program-loading = Loading the programs…
submit-program-upload = Or your own module
submit-program-upload-what = A .wasm file for WASI preview 1, with its manifest (.json) if that is a file of its own. It is checked at once, here.
submit-module-size = Size as it runs
submit-module-hash = SHA-256 of that
submit-module-imports = Imports
submit-module-no-imports = none
submit-module-reduce = Result
submit-module-licence = Licence
submit-module-source = Source
submit-module-accepted = Checked: it can compute, and nothing else. No network, no files, no clock.
submit-module-plain = It carries no manifest, so it is taken for a plain tool: it reads standard input and writes standard output.
submit-upload-size = Size as uploaded
submit-upload-hash = SHA-256 of that
submit-upload-changed = To give the same bytes and the same fuel in every engine, it was changed:
submit-upload-metered = it counts the instructions that it executes, its fuel
submit-upload-canonical =
    { $count ->
        [one] { $count } float operation gives the same NaN everywhere
       *[other] { $count } float operations give the same NaN everywhere
    }
submit-upload-frames =
    { $count ->
        [one] { $count } function takes from one stack budget
       *[other] { $count } functions take from one stack budget
    }
submit-upload-grows =
    { $count ->
        [one] memory grows within the job’s limit, in { $count } place
       *[other] memory grows within the job’s limit, in { $count } places
    }
submit-upload-dropped = { $size } of names and debug information were left out
submit-upload-may-fail = When it runs, this may not be what it expects:
submit-caveat-unsupported = { $functions }: the answer is always “not supported” (52).
submit-caveat-files = Opening a file: there is none but /common, and only when the job has one.
submit-caveat-clock = Time: each look at the clock is a microsecond later than the last, and sleeping returns at once.
submit-caveat-random = Random numbers: the same for every volunteer of a task.
submit-caveat-recursion = Recursion: at most 4,096 open calls, fewer with many locals.
submit-caveat-growth = Memory: growing beyond { $mib } MiB is refused.
submit-caveat-initial = Every task: it begins with { $mib } MiB of memory, and its limit is { $limit } MiB.
submit-reduce-none = the outputs of all tasks, joined
submit-reduce-final = made of all outputs at the end, in this browser
submit-reduce-associative = made of the outputs as they arrive, in this browser

## Input

submit-input = Input
submit-input-kind = Kind of input
submit-input-files = Files
submit-input-text = Text
submit-input-range = Range of numbers
submit-input-example = Use the program’s example
submit-input-text-label = Text
submit-files = Files
submit-files-more =
    { $count ->
        [one] and { $count } more
       *[other] and { $count } more
    }
submit-split = How it is cut
submit-split-what = Such as lines:64KiB. Empty means the program’s own.
submit-split-takes = The program takes:
submit-range-start = From
submit-range-end = To, not included
submit-range-chunk = Numbers in each task
submit-common = A file that every task can read
submit-common-label = Common file
submit-common-what = The program finds it as /common.

## What it comes to

submit-preview = Tasks
submit-preview-working = Looking at the input…
submit-preview-progress = Cutting and hashing: { $done } of { $total }
submit-preview-tasks =
    { $count ->
        [one] { $count } task
       *[other] { $count } tasks
    }
submit-preview-bytes = of { $total } in all, the longest { $longest }

## Arguments and limits

submit-args = Arguments
submit-args-plain = One argument in each line, as they are
submit-args-choose = Choose…
submit-args-default = { $value } (default)
submit-limits = Limits of each task, and the seed
submit-limits-what = Empty means the program’s own.
submit-limit-memory = Memory, such as 256MiB
submit-limit-output = Output, such as 16MiB
submit-limit-wall = Seconds
submit-limit-fuel = Fuel, such as 2e9
submit-seed = Seed of random numbers

## Trust

submit-trust = Trust
submit-trust-how-many = How many volunteers compute each task
submit-trust-level = { $k } volunteers, of whom { $m } must sign the same bytes
submit-trust-odds = If { $percent } of 100 volunteers cheated together, about 1 task in { $tasks } would be wrong.
submit-trust-least = Three is the least: of two that disagree, nobody could say who is right.
submit-trust-assumes = What that assumes
submit-trust-assumption = All cheats agree on the same wrong answer, and volunteers are drawn at random. Cheats who act alone are outvoted nearly always. What is counted are keys: the server sees to it that one network holds one seat of a task, but a ledger cannot prove that keys are people.
submit-trust-cheats = Cheats
submit-trust-percent = { $percent } %
submit-trust-one-in = 1 in { $tasks }
submit-trust-formula = Formula:

## Posting

submit-about = About the job
submit-job-title = Title
submit-job-title-what = Volunteers see it. Plain text.
submit-who = Who can see what
submit-who-sees = The input and the outputs of tasks are seen by the volunteers that compute them and by this server, by nobody else without your key. The final result is made in this browser only.
submit-who-understood = I understand
submit-key = Your key
submit-key-what = It signs your jobs, and only with it can their results be fetched.
submit-key-looking = Looking for the key…
submit-key-make = Make a key
submit-key-name = Key
submit-key-kept = Kept
submit-key-in-webcrypto = by this browser, such that no script can read it
submit-key-wrapped = encrypted, by this browser
submit-key-in-memory = only as long as this page is open: this browser keeps nothing
submit-key-save-now = Save it as a file now: later nobody can read it any more, not even you. With the file your jobs open in any browser and on the command line.
submit-key-save = Save the key file
submit-key-safe = I have it
submit-key-load = Use a key file
submit-try = Run one task here first
submit-try-what = Task 0 runs in this browser, in the same sandbox that volunteers use. Nothing is sent.
submit-try-run = Run task 0 here
submit-try-stop = Stop
submit-try-runs = It runs…
submit-try-ended = It { $how }, after { $seconds } s and { $instructions }, with { $mib } MiB of memory.
submit-try-output = Beginning of its output
submit-try-no-output = It wrote nothing.
submit-try-stderr = What it wrote to standard error
submit-post = Post it
submit-no-volunteers = No volunteer is connected now. The job waits until some arrive.
submit-volunteers =
    { $count ->
        [one] { $count } volunteer is connected now.
       *[other] { $count } volunteers are connected now.
    }
submit-post-tasks =
    { $count ->
        [0] Submit
        [one] Submit { $count } task
       *[other] Submit { $count } tasks
    }
submit-lacks-input = Choose a program and an input first.
submit-lacks-consent = Say that you understand who can see what.
submit-lacks-key = Make a key and save its file first.
submit-uploading = Uploading: { $done } of { $total }
