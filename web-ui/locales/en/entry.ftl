# What the entries of the ledger say.

entry-fields = What it says
entry-kind = Kind
entry-says = What it says
entry-unknown = Unknown
entry-unknown-line = These bytes are no entry that this page knows.
entry-job = Job
entry-cert = Certificate
entry-fail = Failed task
entry-done = End of a job
entry-void = Voided certificate
entry-prog = Program
entry-withdraw = Withdrawn program
entry-ban = Ban
entry-evid = Evidence
entry-policy = Policy
entry-header = Header

## In one sentence

entry-job-line = { $tasks ->
    [one] Job { $job }: { $tasks } task, { $trust } volunteers for each.
   *[other] Job { $job }: { $tasks } tasks, { $trust } volunteers for each.
}
entry-cert-line = Task { $task } of job { $job }: { $agree } of { $chosen } chosen volunteers signed the same outcome: { $outcome }
entry-fail-line = Task { $task } of job { $job } has no answer: { $reason }
entry-done-line = Job { $job } has ended ({ $reason }): { $accepted } accepted, { $failed } failed.
entry-void-line = The certificate at entry { $index } does not count any more.
entry-prog-line = Program { $name } { $version } was published.
entry-withdraw-line = Program { $name } { $version } takes no new jobs.
entry-ban-line = Volunteer { $node } may not vote.
entry-unban-line = Volunteer { $node } may vote again.
entry-evid-vote = Two votes of one volunteer for one seat contradict each other.
entry-evid-header = Two headers of one height and epoch contradict each other.
entry-evid-refuted = A vote, and what refutes it.
entry-evid-checkpoint = Two heads of one size contradict each other.
entry-policy-line = Policy { $version }: { $threshold } of { $members } storage nodes must sign.
entry-header-line = The end of block { $height }.
entry-fail-majority = no majority is possible among 15 volunteers
entry-fail-unable = too many volunteers were unable to run it
entry-done-complete = complete
entry-done-cancelled = cancelled by its submitter
entry-done-expired = its deadline passed
entry-done-stopped = ended by the operator
entry-void-referee = The referee ran the task in a dispute.
entry-void-audit = An audit ran the task again.

## Fields

entry-job-id = Job
entry-task = Task
entry-tasks = Tasks
entry-trust = Volunteers for each task
entry-choosing = How they are chosen
entry-submitter = Submitter’s key
entry-module = Program’s module
entry-manifest = Manifest’s SHA-256
entry-original = SHA-256 as uploaded
entry-rewriter = Rewriter’s version
entry-publisher = Publisher’s key
entry-name = Name
entry-version = Version
entry-input-kind = Input
entry-input-chunks = Chunks of data
entry-input-range = A range of numbers:
entry-input-subset = Tasks of an earlier job:
entry-input-root = Root of the inputs
entry-limit-fuel = Most fuel
entry-limit-memory = Most memory
entry-limit-output = Most output
entry-input = Input’s SHA-256
entry-outcome = Outcome
entry-fuel = Fuel used
entry-output = Output
entry-output-hash = Output’s SHA-256
entry-attempt = Attempt
entry-reason = Reason
entry-accepted = Accepted
entry-failed = Failed
entry-votes = Votes
entry-majority = { $agree } of { $chosen } chosen volunteers agree
entry-relaxed = The leader says
entry-relaxed-network = Two seats were on one network.
entry-relaxed-unproven = Most of the volunteers were new.
entry-relaxed-referee = The referee settled it.
entry-void-cert = Certificate
entry-node = Volunteer
entry-seat = Seat
entry-vote = Vote
entry-agrees = ✓ agrees
entry-disagrees = ✗ said otherwise: { $outcome }
entry-ban-until = Until
entry-ban-for-ever = for ever
entry-ban-over = may vote again
entry-first = First statement
entry-second = Second statement
entry-leader = Leader’s key
entry-policy-text = Text of the policy
entry-policy-hash = Policy’s SHA-256
entry-first-index = First entry
entry-epoch = Leader’s epoch
entry-prev = Header before
entry-body-root = Root of its entries
entry-log-root = Root of the log before it
