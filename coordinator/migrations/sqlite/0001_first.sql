-- Facts about this store that are set once.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);

-- Bytes on their way in, and the pieces of blobs that are too large for one row.
CREATE TABLE uploads (
    id BLOB PRIMARY KEY,
    started_at_ms BIGINT NOT NULL,
    finished BIGINT NOT NULL
);
CREATE INDEX uploads_unfinished ON uploads (started_at_ms) WHERE finished = 0;

CREATE TABLE blob_pieces (
    upload_id BLOB NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    n BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (upload_id, n)
);

-- A blob has its bytes in body, or in the pieces of upload_id.
CREATE TABLE blobs (
    sha256 BLOB PRIMARY KEY,
    len BIGINT NOT NULL,
    upload_id BLOB REFERENCES uploads (id),
    stored_at_ms BIGINT NOT NULL,
    body BLOB
);

-- Who has uploaded which bytes in full. referenced = 1: a job of that key uses them.
CREATE TABLE blob_owners (
    owner BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    len BIGINT NOT NULL,
    uploaded_at_ms BIGINT NOT NULL,
    referenced BIGINT NOT NULL,
    PRIMARY KEY (owner, sha256)
);
CREATE INDEX blob_owners_sha256 ON blob_owners (sha256);
CREATE INDEX blob_owners_unreferenced ON blob_owners (owner, len) WHERE referenced = 0;

CREATE TABLE program_names (
    name TEXT PRIMARY KEY,
    publisher_key BLOB NOT NULL
);

-- idx: index of the Prog on the ledger, once it is stored. refused: the rule for which storage nodes refused it.
CREATE TABLE programs (
    name TEXT NOT NULL REFERENCES program_names (name),
    version TEXT NOT NULL,
    publisher_key BLOB NOT NULL,
    original_sha256 BLOB NOT NULL,
    module_sha256 BLOB NOT NULL,
    manifest_sha256 BLOB NOT NULL,
    rewriter BIGINT NOT NULL,
    module_len BIGINT NOT NULL,
    manifest BLOB NOT NULL,
    signed BLOB NOT NULL,
    added_at_ms BIGINT NOT NULL,
    idx BIGINT,
    refused TEXT,
    PRIMARY KEY (name, version)
);
CREATE INDEX programs_original ON programs (original_sha256);
CREATE INDEX programs_module ON programs (module_sha256);
CREATE INDEX programs_manifest ON programs (manifest_sha256);

-- waits_for: the smallest input that the submitter has not uploaded, while the state is uploading.
-- parent: the id of the job of which this one runs tasks again. lasts_ms: the signed job names no deadline, it expires this
-- long after the time of its block. stored: of the accepted, those with their index. end_reason, cancel: what the Done says,
-- from the state closing on. idx, done_idx: indexes of Job and Done on the ledger, once they are stored.
CREATE TABLE jobs (
    num INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    submitter_key BLOB NOT NULL,
    signed BLOB NOT NULL,
    title TEXT NOT NULL,
    program TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    task_count BIGINT NOT NULL,
    leaves_sha256 BLOB,
    parent BLOB,
    created_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    deadline_ms BIGINT NOT NULL,
    lasts_ms BIGINT,
    accepted BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    votes BIGINT NOT NULL,
    dissent BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    waits_for BLOB,
    blobs_deleted BIGINT NOT NULL,
    end_reason BIGINT,
    cancel BLOB,
    idx BIGINT,
    done_idx BIGINT
);
CREATE INDEX jobs_submitter ON jobs (submitter_key, num);
CREATE INDEX jobs_state ON jobs (state, num);
CREATE INDEX jobs_parent ON jobs (parent, num) WHERE parent IS NOT NULL;

-- The blobs that a job keeps. role: 0 input, 1 common file, 2 leaf list, 3 output. A job can have a million of them, so
-- job is not checked row by row: rows are written only under a job that was just read.
CREATE TABLE job_blobs (
    job BIGINT NOT NULL,
    sha256 BLOB NOT NULL,
    role BIGINT NOT NULL,
    PRIMARY KEY (job, sha256)
) WITHOUT ROWID;
CREATE INDEX job_blobs_sha256 ON job_blobs (sha256);

-- One row for each decided task. kind: 0 certificate, 1 failure (with reason as in LEDGER.md, and in words).
-- entry: the Cert or Fail of LEDGER.md; idx: its index on the ledger, once it is stored. votes: in the entry; dissent: those
-- of them that were outvoted.
-- output holds what is small enough for one row; it stands last so that it is not read when it is not asked for.
CREATE TABLE decisions (
    job BIGINT NOT NULL REFERENCES jobs (num) ON DELETE CASCADE,
    task BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    status BIGINT NOT NULL,
    code BIGINT NOT NULL,
    fuel BIGINT NOT NULL,
    relaxed BIGINT NOT NULL,
    reason BIGINT NOT NULL,
    failure TEXT,
    output_len BIGINT NOT NULL,
    output_sha256 BLOB NOT NULL,
    decided_at_ms BIGINT NOT NULL,
    votes BIGINT NOT NULL,
    dissent BIGINT NOT NULL,
    idx BIGINT,
    entry BLOB NOT NULL,
    output BLOB,
    PRIMARY KEY (job, task)
);
CREATE UNIQUE INDEX decisions_seq ON decisions (job, seq);
CREATE INDEX decisions_output ON decisions (output_sha256) WHERE output IS NOT NULL;

-- Entries without their storage quorum, in ledger order: written with the fact that they record, deleted once stored.
-- kind: 0 Job, 1 Cert, 2 Fail, 3 Done, 4 Prog, 5 Withdraw, 6 Ban, 7 Evid, 8 Policy, 9 Void. job and task, or name and
-- version: the fact, which has the bytes too. body: bytes that no fact has; those of a Done are made when it is cut.
-- height: of the block that it was cut into.
CREATE TABLE ledger_queue (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    kind BIGINT NOT NULL,
    job BIGINT,
    task BIGINT,
    name TEXT,
    version TEXT,
    height BIGINT,
    body BLOB
);

-- Every block that was cut. state: 0 sent, 1 stored. size: of the log behind it; roots: of its full subtrees, largest first. at_ms: the time in its header.
-- certificate: the checkpoint with the lines of the quorum, once it is stored.
CREATE TABLE ledger_blocks (
    height BIGINT PRIMARY KEY,
    epoch BIGINT NOT NULL,
    first_index BIGINT NOT NULL,
    size BIGINT NOT NULL,
    header BLOB NOT NULL,
    header_hash BLOB NOT NULL,
    at_ms BIGINT NOT NULL,
    roots BLOB NOT NULL,
    state BIGINT NOT NULL,
    certificate TEXT
);

-- Policies that are on the ledger or proposed. body: the entry. idx: its index on the ledger, once it is stored.
CREATE TABLE ledger_policies (
    version BIGINT PRIMARY KEY,
    body BLOB NOT NULL,
    idx BIGINT
);

-- What guests wrote to stderr: unverified, only when there is something. outcome: the 53 bytes of LEDGER.md.
CREATE TABLE task_logs (
    job BIGINT NOT NULL REFERENCES jobs (num) ON DELETE CASCADE,
    task BIGINT NOT NULL,
    node_key BLOB NOT NULL,
    attempt BIGINT NOT NULL,
    seat BIGINT NOT NULL,
    outcome BLOB NOT NULL,
    stderr BLOB NOT NULL,
    PRIMARY KEY (job, task, node_key)
);

-- What happened to a job beside its decisions, which share the numbers of seq.
CREATE TABLE events (
    job BIGINT NOT NULL REFERENCES jobs (num) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    body TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (job, seq)
);

-- Counters only grow, but streak, which a wrong vote ends.
CREATE TABLE nodes (
    node_key BLOB PRIMARY KEY,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms BIGINT NOT NULL,
    engine TEXT NOT NULL,
    agent TEXT NOT NULL,
    assigned BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    outvoted BIGINT NOT NULL,
    invalid BIGINT NOT NULL,
    superseded BIGINT NOT NULL,
    double_votes BIGINT NOT NULL,
    replays BIGINT NOT NULL,
    unable BIGINT NOT NULL,
    returned BIGINT NOT NULL,
    expired BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    streak BIGINT NOT NULL,
    streak_resets BIGINT NOT NULL,
    proven BIGINT NOT NULL
);

CREATE TABLE tokens (
    secret_sha256 BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT,
    last_used_at_ms BIGINT,
    revoked_at_ms BIGINT
);

CREATE TABLE approved_keys (
    submitter_key BLOB PRIMARY KEY,
    note TEXT NOT NULL,
    approved_at_ms BIGINT NOT NULL
);

CREATE TABLE http_nonces (
    submitter_key BLOB NOT NULL,
    nonce BLOB NOT NULL,
    used_at_ms BIGINT NOT NULL,
    PRIMARY KEY (submitter_key, nonce)
) WITHOUT ROWID;
CREATE INDEX http_nonces_used ON http_nonces (used_at_ms);

CREATE TABLE audit (
    num INTEGER PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL
);
