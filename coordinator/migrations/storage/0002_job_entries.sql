-- Where those entries of a job stand that jobs and tasks do not know.

-- Of a subset job: the job of which it runs tasks again.
ALTER TABLE jobs ADD COLUMN parent BLOB;
CREATE INDEX jobs_by_parent ON jobs (parent) WHERE parent IS NOT NULL;

-- Voids, with the Certs that do not count any more.
CREATE TABLE voids (
    idx INTEGER PRIMARY KEY,
    job BIGINT NOT NULL,
    task BIGINT NOT NULL,
    cert_idx BIGINT NOT NULL
);
CREATE INDEX voids_by_job ON voids (job);
