# Lend cores.

volunteer-title = Volunteer
volunteer-heading = Lend spare power. Nothing runs until you start it.
volunteer-lead = Many volunteers compute each task. An answer counts only when more than half of the chosen ones signed the same bytes.
volunteer-server = On a server
volunteer-server-how = Lend cores of a machine without a screen. Nothing runs before you start it; Ctrl-C stops it at once.
volunteer-take-over = Take over here
volunteer-start = Start computing
volunteer-pause = Pause
volunteer-finish = Finish
volunteer-stop = Stop
volunteer-buttons = Control the computing
volunteer-lend = This browser
volunteer-computing = { $count ->
    [one] { $count } task runs.
   *[other] { $count } tasks run.
}
volunteer-elsewhere = Another tab of this browser computes; this page shows its numbers. One browser profile is one volunteer.
volunteer-retry-now = Try now
volunteer-notice = The coordinator says:
volunteer-reason-never-started = Nothing runs. Press Start to lend this browser’s spare power.
volunteer-reason-stopped = You stopped it. Nothing runs and nothing is connected.
volunteer-reason-starting = Preparing the key and connecting…
volunteer-reason-other-tab = Another tab of this browser is the volunteer. Take over here, or leave it there.
volunteer-reason-no-work = Connected. There is no work for anyone right now; it comes by itself.
volunteer-reason-own-jobs = Connected. The only open jobs are your own, and nobody computes for themselves.
volunteer-reason-seat-rules = Connected. The open tasks already have a volunteer with your key or from your network.
volunteer-reason-backoff = { $seconds ->
    [one] The coordinator gives this browser work again in { $seconds } second.
   *[other] The coordinator gives this browser work again in { $seconds } seconds.
}
volunteer-reason-draining = The coordinator is being stopped and gives out no more work.
volunteer-reason-fetching = The next task is on its way.
volunteer-reason-finishing = The last tasks are being finished; then it stops.
volunteer-reason-distributing = Your own unfinished job is open in this browser, so it takes no tasks.
volunteer-reason-frozen = { $seconds ->
    [one] The browser froze this page for { $seconds } second; its tasks went to others.
   *[other] The browser froze this page for { $seconds } seconds; its tasks went to others.
}
volunteer-reason-offline = { $seconds ->
    [one] The coordinator cannot be reached. Trying again in { $seconds } second; votes are kept.
   *[other] The coordinator cannot be reached. Trying again in { $seconds } seconds; votes are kept.
}
volunteer-reason-extension = Something in this browser blocked a file of this site, often an ad blocker. Allow scripts and WebAssembly for this site and load the page again.
volunteer-reason-unsupported = This browser lacks what is needed: { $feature }. Current versions of Chrome, Edge, Firefox and Safari have it.
volunteer-reason-insecure = Browsers let a page compute only over https or from localhost, and this page came by neither.
volunteer-reason-banned = This key may not take part here. Ask the operator of this coordinator.
volunteer-reason-outdated = This page is older than the coordinator. Load it again.
volunteer-reason-taken-over = Another program uses the same key. Only one may.
volunteer-reason-invalid-votes = The coordinator found three invalid votes of this browser and let it go.
volunteer-reason-refused = The coordinator does not accept this key.
volunteer-reason-false-ledger = The coordinator is not what it says it is. Nothing is computed for it.
volunteer-reason-paused = Paused. Press Start to go on.
volunteer-reason-battery = Paused: the machine runs on battery. You can allow that below.
volunteer-reason-pressure = Paused: the machine is at its limit.
volunteer-reason-hours = Paused: outside the hours that you chose.
volunteer-reason-data-cap = Paused: today’s data limit is reached.
volunteer-reason-hidden = Paused: this device computes only while the page is on screen.
volunteer-mib = { $mib } MiB
volunteer-cores = Cores to lend
volunteer-cores-of = { $cores ->
    [one] The browser reports { $cores } core.
   *[other] The browser reports { $cores } cores.
}
volunteer-memory = Most memory for one task
volunteer-on-battery = Compute on battery too
volunteer-yields = Pause while the machine is at its limit
volunteer-at-hours = Only at these hours of the day
volunteer-hours-from = From
volunteer-hours-to = to
volunteer-data-cap = Most data on a day
volunteer-no-limit = No limit
volunteer-limits-later = Cores and memory apply from the next start on.
volunteer-runs-now = What runs now
volunteer-program = Program
volunteer-job = Job
volunteer-task = Task
volunteer-hash = Program’s SHA-256
volunteer-session = Since you pressed Start
volunteer-verified = Verified
volunteer-verified-what = most of the chosen volunteers signed the same bytes
volunteer-pending = Pending
volunteer-pending-what = signed, waiting for the others
volunteer-rejected = Rejected
volunteer-rejected-what = the majority said otherwise
volunteer-credit = Credit of this session: { $instructions } that a majority agreed on.
volunteer-guest-time = Programs have run for { $seconds } s, added up over all cores.
volunteer-traffic = { $down } KiB received, { $up } KiB sent.
volunteer-traffic-was = { $down } KiB were received, { $up } KiB sent.
volunteer-unable-memory = A task could not be run: the browser had no memory for it.
volunteer-unable-wall = A task was ended: it took longer than its job allows.
volunteer-unable-frozen = Tasks were returned: the browser froze this page.
volunteer-unable-stopped = Tasks were returned because you paused, finished or stopped.
volunteer-unable-fetch = A task could not be run: its program or input could not be fetched.
volunteer-unable-engine = A task could not be run: this browser cannot run its program.
volunteer-unable-capability = A task was returned: it needs more memory than you allow.
volunteer-unable-output = An output was asked for and did not arrive.
volunteer-receipts = Newest receipts
volunteer-verdict = Outcome
volunteer-when = When
volunteer-verdict-accepted = ✓ verified
volunteer-verdict-waits = waiting for the storage quorum
volunteer-verdict-rejected = ✗ rejected
volunteer-verdict-superseded = too late to count
volunteer-key = Your volunteer key
volunteer-key-what = The key is your name here: receipts and credit belong to it. It is made when you first press Start and never leaves this browser unless you save it.
volunteer-key-name = Public key
volunteer-key-kept = Kept
volunteer-key-save = Save the key file
volunteer-key-safe = I have it: forget the copy
volunteer-key-save-now = This is possible only now: once the page is closed, the browser can sign with the key but nobody can read it.
volunteer-key-load = Use a key file from here or from the command line
volunteer-key-waits = The key file is good; it is used from the next start on.
volunteer-key-refused = This key file cannot be used:
volunteer-key-in-webcrypto = in this browser, so that no script can read it.
volunteer-key-wrapped = in this browser, encrypted with a key that no script can read.
volunteer-key-in-memory = nowhere: it ends with this window.
volunteer-key-persistent = The browser promised not to remove it by itself.
volunteer-key-evictable = The browser may remove it when space is short or after a long time: save the file.
volunteer-consent-what = It uses the cores and the memory chosen above, and the network for small inputs and results. It pauses on battery.
volunteer-consent-whom = It computes tasks of people who posted jobs on this site, in a sandbox without network, files or clock. What runs is shown while it runs.
volunteer-consent-stop = Stop ends everything within a second; closing the page does too. It never starts by itself.
