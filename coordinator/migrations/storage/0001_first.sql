-- What a storage node keeps. Entries stand once, in the bodies of their blocks; jobs, tasks, programs, bans and
-- node_entries say what the committed ones say, so that the rules need not read them all again.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- At most one block is not committed: the highest.
CREATE TABLE blocks (
    height INTEGER PRIMARY KEY,
    first_index BIGINT NOT NULL UNIQUE,
    size BIGINT NOT NULL,
    header_hash BLOB NOT NULL UNIQUE,
    header BLOB NOT NULL,
    -- At which it was accepted last.
    ballot BIGINT NOT NULL,
    committed BIGINT NOT NULL,
    -- What committed it: acks of a quorum. NULL when the node caught up past it.
    acks BLOB,
    -- The checkpoint with the log's line.
    log_note TEXT,
    -- Our line below it.
    cosignature TEXT,
    -- The checkpoint with the lines of a quorum.
    certificate TEXT
);

CREATE INDEX blocks_accepted ON blocks (height) WHERE committed = 0;
CREATE INDEX blocks_certified ON blocks (height) WHERE certificate IS NOT NULL;

CREATE TRIGGER a_committed_block_is_never_deleted BEFORE DELETE ON blocks WHEN OLD.committed = 1
BEGIN SELECT RAISE(ABORT, 'a committed block is never deleted'); END;

CREATE TRIGGER a_committed_block_never_changes BEFORE UPDATE ON blocks
WHEN OLD.committed = 1 AND (NEW.committed <> 1 OR NEW.header <> OLD.header OR NEW.height <> OLD.height)
BEGIN SELECT RAISE(ABORT, 'a committed block never changes'); END;

-- Its entries, each behind its length (4 bytes, big-endian), the header last.
CREATE TABLE block_bodies (
    height INTEGER PRIMARY KEY REFERENCES blocks (height) ON DELETE CASCADE,
    body BLOB NOT NULL
);

-- Hashes of the committed log: place = level * 2^56 + n of tlog-tiles.
CREATE TABLE tiles (
    place INTEGER PRIMARY KEY,
    hashes BLOB NOT NULL
);

-- Every Policy of the committed log: version v is in force from the block after that of its entry, version 0 from
-- block 0.
CREATE TABLE policies (
    version INTEGER PRIMARY KEY,
    height BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    entry BLOB NOT NULL
);

CREATE TABLE jobs (
    num INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    idx BIGINT NOT NULL,
    deadline_ms BIGINT NOT NULL,
    done_idx BIGINT,
    done_at_ms BIGINT,
    accepted BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    -- Outputs of the tasks below this are not kept any more; 2^32 = of none.
    expired_to BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX jobs_without_end ON jobs (num) WHERE done_idx IS NULL;
CREATE INDEX jobs_with_outputs ON jobs (done_at_ms) WHERE done_idx IS NOT NULL AND expired_to < 4294967296;

-- The newest Cert or Fail of a task.
CREATE TABLE tasks (
    job BIGINT NOT NULL,
    task BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    void BIGINT NOT NULL,
    PRIMARY KEY (job, task)
) WITHOUT ROWID;

CREATE TABLE programs (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    idx BIGINT NOT NULL,
    publisher_key BLOB NOT NULL,
    module_sha256 BLOB NOT NULL,
    manifest_sha256 BLOB NOT NULL,
    withdrawn BIGINT NOT NULL,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;
CREATE INDEX programs_by_module ON programs (module_sha256, manifest_sha256);

-- The newest Ban of each node: the entry.
CREATE TABLE bans (
    node_key BLOB PRIMARY KEY,
    entry BLOB NOT NULL
) WITHOUT ROWID;

-- Where a node's votes, bans and evidence stand.
CREATE TABLE nodes (
    num INTEGER PRIMARY KEY,
    node_key BLOB NOT NULL UNIQUE
);
CREATE TABLE node_entries (
    node BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    PRIMARY KEY (node, idx)
) WITHOUT ROWID;

-- Bytes by their hash. One that is still arriving has none. Up to 64 KiB stand in the row, larger ones in pieces.
CREATE TABLE blobs (
    num INTEGER PRIMARY KEY,
    sha256 BLOB UNIQUE,
    len BIGINT NOT NULL,
    stored_at_ms BIGINT NOT NULL,
    body BLOB
);
CREATE TABLE blob_pieces (
    num INTEGER PRIMARY KEY,
    blob BIGINT NOT NULL REFERENCES blobs (num) ON DELETE CASCADE,
    n BIGINT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (blob, n)
);
-- By how many entries the promise covers a blob: outputs, modules, manifests, leaf lists.
CREATE TABLE blob_uses (
    blob INTEGER PRIMARY KEY,
    uses BIGINT NOT NULL
);
-- The list of leaves of each input root that was computed here.
CREATE TABLE leaf_lists (
    input_root BLOB PRIMARY KEY,
    sha256 BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX leaf_lists_by_blob ON leaf_lists (sha256);

-- Damaged bytes that were replaced, for whoever wants to know why.
CREATE TABLE quarantine (
    num INTEGER PRIMARY KEY,
    what TEXT NOT NULL,
    found_at_ms BIGINT NOT NULL,
    body BLOB NOT NULL
);
