# What the coordinator is doing now.

status-heading = How this server stands
status-lead = Anyone may know these numbers. They are asked for again every two seconds while you look.
status-loading = Loading the status…
status-unreachable = The server does not answer. This page keeps trying.
status-stale = The server does not answer. What you see is from { $at }; this page keeps trying.
status-now = Now
status-volunteers = Volunteers
status-computing =
    { $slots ->
        [one] { $computing } computing · { $slots } slot
       *[other] { $computing } computing · { $slots } slots
    }
status-networks = Networks
status-networks-why = One network has one seat of a task
status-open-jobs = Open jobs
status-open-jobs-what = Posted and not yet finished
status-tasks = Tasks of open jobs
status-no-jobs = No job is open.
status-why-waiting = Why jobs wait
status-about = About this server
status-ledger = Ledger
status-leader-key = Leader key
status-version = Version
status-submitters = Who may post jobs
status-submitters-open = Anyone on this machine
status-submitters-approved = Holders of a token or an approved key
