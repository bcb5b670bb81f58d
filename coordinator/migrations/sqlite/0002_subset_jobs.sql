-- parent: the id of the job of which this one runs tasks again.
ALTER TABLE jobs ADD COLUMN parent BLOB;
CREATE INDEX jobs_parent ON jobs (parent, num) WHERE parent IS NOT NULL;
