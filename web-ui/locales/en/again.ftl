# Running failed tasks of a job again.

again-heading = Run again
again-parent = This job runs tasks of another job again. Its answers count in the result of job
again-jobs = These jobs run tasks of this one again. What is good in them counts here; the newest first.
again-done =
    { $count ->
        [one] { $accepted } of { $count } task accepted
       *[other] { $accepted } of { $count } tasks accepted
    }
again-running = The failed tasks are running again.
again-failed =
    { $count ->
        [one] { $count } task has no output. Give it other limits; the rest of the job stays as it is.
       *[other] { $count } tasks have no output. Give them other limits; the rest of the job stays as it is.
    }
again-lack-memory =
    { $count ->
        [one] { $count } task wanted more: raise it.
       *[other] { $count } tasks wanted more: raise it.
    }
again-lack-output =
    { $count ->
        [one] { $count } task wrote more: raise it.
       *[other] { $count } tasks wrote more: raise it.
    }
again-lack-wall =
    { $count ->
        [one] Too many volunteers were unable to run { $count } task. Most often it takes longer than this: raise it.
       *[other] Too many volunteers were unable to run { $count } tasks. Most often they take longer than this: raise it.
    }
again-lack-fuel =
    { $count ->
        [one] { $count } task ran out of it: raise it.
       *[other] { $count } tasks ran out of it: raise it.
    }
again-lack-other =
    { $count ->
        [one] { $count } task ended in another way: a trap, an exit code, or no majority. Limits hardly help it.
       *[other] { $count } tasks ended in another way: a trap, an exit code, or no majority. Limits hardly help them.
    }
again-post = Run the failed tasks again with these limits
again-posting = Posting…
