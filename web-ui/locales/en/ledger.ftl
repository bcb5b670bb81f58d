# The ledger: head, blocks, entries, checks.

ledger-heading = Ledger
ledger-lead = Every job and every vote that counted, in one log that can only grow. What this page says is checked was checked in this browser, not by the server.
ledger-loading = Reading and checking the ledger…
ledger-unreachable = The ledger cannot be read now. This page keeps trying.
ledger-not-found = There is no such thing in the ledger, or not yet.
ledger-number = { $number }
ledger-entry = Entry { $index }
ledger-block = Block { $height }
ledger-entries-count = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}

## The head

ledger-head = The newest head
ledger-size = Entries
ledger-size-what = in the whole log
ledger-age = Age of the head
ledger-age-what = storage nodes sign it anew at least every minute
ledger-age-seconds = { $count } s
ledger-age-minutes = { $count } min
ledger-age-hours = { $count } h
ledger-age-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
ledger-cosigned = Signed by
ledger-quorum = { $threshold } of { $members } storage nodes must sign
ledger-stale = This head is old. What came later cannot be seen here.
ledger-head-checked = Checked here: the log’s key and enough storage nodes have signed this head.
ledger-first-visit = It is the first that this browser sees: it keeps it, and whose signatures count, and will compare.
ledger-extends = It goes on from the { $count } entries that this browser kept on { $at }.
ledger-name = Name of the ledger
ledger-root = Root hash

## Troubles

ledger-other = This is a different ledger
ledger-other-what = Until now this site served another ledger. That is no sign of tampering by itself, but nothing that you saw before is in this one. Nothing of it is shown until you decide.
ledger-other-kept = Until now
ledger-other-found = Now
ledger-other-follow = Follow the new ledger
ledger-broken = Not accepted
ledger-broken-what = What the server gave breaks a rule of the ledger. Nothing of it is used. Load the page again; if it stays so, tell the operator, or read the ledger from another storage node.

## Blocks

ledger-blocks = Blocks
ledger-height = Block
ledger-time = Time
ledger-entries = Entries
ledger-header-hash = Header hash
ledger-here = Checked here
ledger-in-log = in the log
ledger-waits = waiting for the storage quorum
ledger-pages = Pages of blocks
ledger-newest = Newest blocks
ledger-older = Older blocks
ledger-all-blocks = All blocks
ledger-block-before = Block before
ledger-block-after = Block after
ledger-neighbours = Nearby
ledger-block-checked = Checked here: the leader has signed this block, it is in the log under the newest head, and these are all its entries.
ledger-block-waits = Waiting for the storage quorum: the leader has signed this block, the newest head does not cover it yet.
ledger-header = Header
ledger-index = Index

## Search

ledger-search = Find
ledger-search-label = An index, a height, a job’s id, a volunteer’s key, a program’s or a block’s hash
ledger-search-look = Find
ledger-search-what = Enter a number, or 64 hexadecimal digits.
ledger-searching = Looking…
ledger-found-job = A job; these entries name it:
ledger-found-node = A volunteer; these entries name it:
ledger-found-module = A program’s module; these entries name it:
ledger-found-block = A block:
ledger-found-nothing = Nothing in the ledger has this name. Inputs and outputs cannot be looked up.
ledger-found-more = These are the newest { $count }; there are more.
ledger-job-page = The job’s page

## One entry

ledger-entry-before = Entry before
ledger-entry-after = Entry after
ledger-check = Check this entry
ledger-entry-waits = Waiting for the storage quorum: no signed head covers this entry yet. The check begins by itself.
ledger-check-again = Check this entry again
ledger-checking = Checking…
ledger-check-good = Every step holds: this entry is in the ledger.
ledger-check-bad = Not accepted: a step does not hold.
ledger-step-waiting = waits
ledger-step-running = is being checked
ledger-step-good = holds
ledger-step-bad = does not hold
ledger-step-skipped = not checked
ledger-rule = Broken rule:
ledger-step-form = The bytes are an entry of this ledger
ledger-step-path = A path of hashes leads to the root of the log
ledger-step-log = The log’s key has signed the root
ledger-step-quorum = Enough storage nodes have signed it
ledger-step-growth = The log goes on from what this browser kept
ledger-found-form = In the one form that is allowed; the signatures of the keys that it names are good.
ledger-found-path = { $count ->
    [0] The entry is the whole log of { $size }.
    [one] { $count } hash, to the root over { $size } entries.
   *[other] { $count } hashes, to the root over { $size } entries.
}
ledger-found-log = By the key of the policy that this browser has pinned.
ledger-found-quorum = { $names } have signed; { $threshold } must.
ledger-found-growth = From { $before } entries at the last visit to { $size } now, with nothing rewritten.
ledger-path-hashes = The hashes
ledger-bytes = Bytes
ledger-leaf-hash = Their leaf hash, computed here:

## Limits

ledger-limits = What this proves, and what not
ledger-limits-proves = It proves what was signed, and that it was not rewritten since.
ledger-limits-people = It does not prove that many keys are many people. A leader can make keys and vote with them, leave out votes, or favour volunteers.
ledger-limits-right = It does not prove that an answer is right, only that most of the chosen volunteers signed it.
ledger-limits-guess = Inputs and outputs are not in the ledger, but their hashes are: one with few possible values can be guessed.
ledger-limits-pinned = On the first visit this browser takes the server’s word for whose signatures count. Compare the name and the root with someone you trust, or with the command line.

## A proof bundle

bundle-heading = Check a proof bundle
bundle-what = A bundle shows, without any server, which results of a job count. It is read here and sent to nobody.
bundle-drop = Drop the file here, or choose it:
bundle-checking = Checking { $name }…
bundle-too-large = This file is too large for a page. Check it on the command line.
bundle-unreadable = The file cannot be read. Choose it again.
bundle-unpinned = This browser has no policy pinned yet, so it knows nobody whose signatures count. Open this page once while the server can be reached, then drop the file again.
bundle-of = { $name }
bundle-good = Every step holds: the bundle proves these results.
bundle-step-text = The file is a proof bundle
bundle-step-certificate = Its head is signed by the log and enough storage nodes
bundle-step-records = Every record is in the log
bundle-step-rules = Every job, vote and decision keeps the rules
bundle-cosigned = Signed by { $names }, under the policy that this browser has pinned.
bundle-in-log = In the log of { $size } entries.
bundle-tasks = { $count ->
    [one] { $decided } of { $count } task decided, { $failed } without an answer
   *[other] { $decided } of { $count } tasks decided, { $failed } without an answer
}
bundle-extent = Extent
bundle-partial = Partial: some tasks are not in it
bundle-whole = Whole: every task is in it
bundle-ended = Job ended
bundle-as-of = As of
bundle-voids = Do not count any more
bundle-void = The certificate of task { $task }:

## The alarm

alarm-title = Alarm
alarm-heading-fork = The ledger was rewritten
alarm-heading-rollback = The ledger has lost entries
alarm-fork = This browser kept a signed head of this ledger. What the server shows now does not go on from it: the past is another one.
alarm-rollback = This browser kept a signed head of this ledger. What the server shows now is shorter: entries that were there are gone.
alarm-means = An honest ledger only grows. Both heads are signed by the log’s own key, so together they prove that it broke its word. Nothing that this site shows of the ledger is to be believed until that is cleared up.
alarm-save = Save the evidence
alarm-do = What to do
alarm-do-save = Save the evidence: one file with both heads and their signatures.
alarm-do-tell = Send it to the operators of the storage nodes and to others who read this ledger. Anyone can check it.
alarm-do-stop = Do not rely on results, credit or bans from this site meanwhile.
alarm-evidence = The two heads
alarm-kept = Kept before
alarm-found = Came later
alarm-seen = Seen on { $at }.
alarm-go-on = When it is cleared up
alarm-again-what = The head that was kept stays. If the server’s ledger goes on from it again, the pages come back; if not, so does this alarm.
alarm-again = Compare again
alarm-forget-summary = Begin anew with what the server shows now
alarm-forget-what = This browser forgets what it kept and takes the server’s ledger as if it saw it for the first time. Save the evidence first.
alarm-forget = Forget and begin anew
