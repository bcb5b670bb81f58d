"""The rules of docs/spec/LEDGER.md section 2, block by block, without leaf lists."""

import re
import struct

import ed25519
from verify import Tree, begin, need, parse_policy, read_outcome, read_votes, sha256, signed, split
from verify import tree_hash, utf8, vote_bytes

MAX_BLOCK = 500
THIRTY_DAYS = 30 * 24 * 3600 * 1000
ZERO = bytes(32)


class Ledger:
    def __init__(self, chain):
        self.chain, self.tree, self.pending = chain, Tree(), []
        self.height, self.time, self.header_hash = -1, None, ZERO
        self.policy, self.policy_changed = None, False
        self.jobs, self.tasks, self.certs = {}, {}, {}
        self.programs, self.names, self.bans = {}, {}, {}

    def push(self, entry):
        """Takes an entry; at a header the policy under which the block stands, otherwise None."""
        need(len(entry) <= 65_535, "canonical", "the entry is too long")
        if entry[:16] != b"manyhands/head/1":
            need(len(self.pending) < MAX_BLOCK, "count", "no header after %d entries" % MAX_BLOCK)
            self.pending.append(entry)
            return None
        return self.block(self.pending, entry)

    def block(self, entries, signed_header):
        header = self.read_header(signed_header)
        before = self.policy
        new = [self.read_policy(entry) for entry in entries if entry[:16] == b"manyhands/poli/1"]
        need(not new or len(entries) == 1, "policy_alone", "a Policy is not alone in its block")
        need(before or new, "policy_first", "block 0 holds Policy 0")
        policy = before or new[0]
        if new:
            version = before["version"] + 1 if before else 0
            need(new[0]["version"] == version, "policy_version", "version %d" % new[0]["version"])
        need(header["height"] == self.height + 1, "height", "block %d" % header["height"])
        need(header["before"] == self.header_hash, "prev_header_hash", "another header came before")
        need(header["first_index"] == self.tree.size, "first_index", "the log has %d entries" % self.tree.size)
        need(1 <= header["count"] == len(entries), "count", "the block has %d entries" % len(entries))
        need(self.time is None or header["time"] > self.time, "time_ms", "not later than the block before")
        need(header["leader"] == policy["leader"], "leader_key", "not the policy's leader")
        need(header["policy"] == policy["sha256"], "policy_sha256", "not the policy in force")
        need(header["body_root"] == tree_hash(entries), "body_root", "the entries have another root")
        self.time, self.rules_policy = header["time"], policy
        for entry in entries:
            self.index = self.tree.size
            self.entry(entry)
            self.tree.push(entry)
        need(header["log_root"] == self.tree.root(), "log_root", "the log has another root")
        self.tree.push(signed_header)
        self.height, self.header_hash, self.pending = header["height"], sha256(signed_header[:-64]), []
        self.policy_changed = bool(before and new)
        self.policy = new[0] if new else policy
        return policy

    def entry(self, entry):
        kinds = {
            b"jobs": self.job, b"cert": self.cert, b"fail": self.fail, b"done": self.done, b"void": self.void,
            b"prog": self.prog, b"wdrw": self.withdraw, b"bans": self.ban, b"evid": self.evidence,
        }
        label = entry[:16]
        if label == b"manyhands/poli/1":
            return
        known = label[:10] == b"manyhands/" and label[14:] == b"/1" and label[10:14] in kinds
        need(known, "canonical", "no entry has the label %r" % label)
        kinds[label[10:14]](entry)

    # ---------------------------------------------------------------- headers and policies

    def read_header(self, data):
        body, signature = split(data)
        reader = begin(b"manyhands/head/1", self.chain, body)
        header = {"height": reader.u64(), "epoch": reader.u64(), "first_index": reader.u64(), "count": reader.u32()}
        for field in ("before", "body_root", "log_root", "policy"):
            header[field] = reader.hash()
        header["time"], header["leader"] = reader.u64(), reader.hash()
        reader.end()
        signed(header["leader"], body, signature, "the header's")
        return header

    def read_policy(self, data):
        reader = begin(b"manyhands/poli/1", self.chain, data)
        policy = {"version": reader.u32(), "leader": reader.hash(), "referee": reader.hash(), "sha256": sha256(data)}
        acks = [(reader.text8(), reader.hash()) for _ in range(reader.u8())]
        policy["text"] = utf8(reader.var16())
        reader.end()
        need(len(policy["text"].encode()) <= 32_768, "canonical", "the policy's text is too long")
        text = parse_policy(policy["text"])
        need(sha256(text["log"]["name"].encode()) == self.chain, "policy_log", "the log is another ledger's")
        need([name for name, _ in acks] == list(text["witnesses"]), "policy_ack", "the ack names are not the witnesses")
        keys = [policy["leader"], text["log"]["key"]] + [key for _, key in acks]
        keys += [policy["referee"]] if policy["referee"] != ZERO else []
        keys += [witness["key"] for witness in text["witnesses"].values()]
        need(not any(map(ed25519.is_weak, keys)), "weak_key", "a key of the policy")
        need(len(set(keys)) == len(keys), "policy_keys", "a key has two roles")
        return policy

    def referee(self, rule):
        key = self.rules_policy["referee"]
        need(key != ZERO, rule, "the policy names no referee")
        return key

    # ---------------------------------------------------------------- programs and nodes

    def prog(self, data):
        body, signature = split(data)
        reader = begin(b"manyhands/prog/1", self.chain, body)
        name, version, publisher = reader.text8(), reader.text8(), reader.hash()
        original, module, manifest, rewriter = reader.hash(), reader.hash(), reader.hash(), reader.u16()
        reader.end()
        signed(publisher, body, signature, "the publisher's")
        need(rewriter or original == module, "canonical", "not rewritten, and another module")
        need(1 <= len(version.encode()) <= 64, "canonical", "the version %r" % version)
        ad_hoc = "x-" + sha256(original + manifest + publisher).hex()[:8]
        if re.fullmatch("x-[0-9a-f]{8}", name):
            need((name, version) == (ad_hoc, "0.0.0"), "canonical", "an ad-hoc name that is another program's")
        need(re.fullmatch("[a-z][a-z0-9-]{1,39}", name), "canonical", "the name %r" % name)
        need(self.names.setdefault(name, publisher) == publisher, "prog_name", "the name belongs to another key")
        need((name, version) not in self.programs, "prog_once", "%s@%s is there" % (name, version))
        self.programs[name, version] = {"key": publisher, "offers": (module, manifest), "withdrawn": False}

    def withdraw(self, data):
        body, signature = split(data)
        reader = begin(b"manyhands/wdrw/1", self.chain, body)
        version, _ = (reader.text8(), reader.text8()), reader.text8()
        reader.end()
        program = self.programs.get(version)
        need(program, "withdraw_known", "%s@%s is not there" % version)
        need(not program["withdrawn"], "withdraw_once", "%s@%s is withdrawn" % version)
        keys = (program["key"], self.rules_policy["leader"])
        by_one = any(ed25519.verify(key, body, signature) for key in keys)
        need(by_one, "withdraw_signature", "neither the publisher's nor the leader's")
        program["withdrawn"] = True

    def ban(self, data):
        reader = begin(b"manyhands/bans/1", self.chain, data)
        key, banned, until, index, _ = reader.hash(), reader.one_of((0, 1)), reader.u64(), reader.u64(), reader.text8()
        reader.end()
        need(index == 2**64 - 1 or index < self.index, "ban_evidence", "entry %d is not earlier" % index)
        self.bans[key] = (banned, until)

    def not_banned(self, votes):
        for vote in votes:
            banned, until = self.bans.get(vote["key"], (0, 0))
            need(not banned or 0 < until <= self.time, "banned", "node %s" % vote["key"].hex())

    # ---------------------------------------------------------------- jobs

    def job(self, data):
        need(len(data) <= 32 * 1024, "canonical", "the Job is too long")
        body, signature = split(data)
        reader = begin(b"manyhands/jobs/1", self.chain, body)
        job_id, job = sha256(body), {"nonce": reader.take(16), "submitter": reader.hash()}
        job["module"], job["manifest"], job["argv_mode"] = reader.hash(), reader.hash(), reader.one_of((0, 1))
        job["args"] = [reader.var16() for _ in range(reader.u8())]
        job["common"], kind = reader.hash(), reader.one_of((0, 1, 2))
        start, end, chunk, parent = reader.i64(), reader.i64(), reader.u64(), reader.hash()
        job["tasks"], root, trust, policy = reader.u32(), reader.hash(), reader.u8(), reader.one_of(range(6))
        pool, flags, job["fuel"], pages = reader.text8(), reader.u16(), reader.u64(), reader.u32()
        job["output"], _wall, job["seed"], deadline = reader.u32(), reader.u32(), reader.hash(), reader.u64()
        reader.end()
        fits = len(job["args"]) <= 64 and all(len(arg) <= 4096 and 0 not in arg for arg in job["args"])
        need(fits, "canonical", "the args")
        need(trust % 2 and 3 <= trust <= 15 and 1 <= job["tasks"] <= 1_048_576, "canonical", "trust or task_count")
        need(1 <= job["fuel"] < 2**63 and pages <= 16_384 and job["output"] <= 64 << 20, "canonical", "the limits")
        need(bool(pool) == (policy == 5) and flags < 2, "canonical", "pool or flags")
        need(kind == 1 or (start, end, chunk) == (0, 0, 0), "canonical", "a range where there is none")
        need(kind == 2 or parent == ZERO, "canonical", "a parent where there is none")
        signed(job["submitter"], body, signature, "the submitter's")
        need(job_id not in self.jobs, "job_once", "the job is there")
        offers = (job["module"], job["manifest"])
        offered = any(p["offers"] == offers and not p["withdrawn"] for p in self.programs.values())
        need(offered, "job_program", "no program has its module and manifest")
        job["deadline"] = deadline or self.time + THIRTY_DAYS
        need(job["deadline"] > self.time, "job_deadline", "not later than the block")
        job.update(trust=trust, referee=flags & 1, range=None, parent=parent, done=False, accepted=0, failed=0)
        if kind == 1:
            need(chunk and end > start and job["tasks"] == -(-(end - start) // chunk), "canonical", "the range")
            job["range"] = (start, end, chunk)
            leaves = [struct.pack(">qq", *self.range_leaf(job, task)) for task in range(job["tasks"])]
            need(tree_hash(leaves) == root, "input_root", "not the root of the range")
        if kind == 2:
            of = self.jobs.get(parent)
            need(of, "subset_parent", "the parent is not earlier")
            need(of["parent"] == ZERO, "subset_nested", "the parent is a subset job")
            equal = ("submitter", "module", "manifest", "argv_mode", "args", "common", "seed")
            need(all(job[field] == of[field] for field in equal), "subset_equal", "it differs from its parent")
            need(job["tasks"] <= of["tasks"], "subset_range", "more tasks than the parent")
        self.jobs[job_id] = job

    @staticmethod
    def range_leaf(job, task):
        start, end, chunk = job["range"]
        return start + task * chunk, min(start + (task + 1) * chunk, end)

    def done(self, data):
        reader = begin(b"manyhands/done/1", self.chain, data)
        job_id, accepted, failed, reason = reader.hash(), reader.u32(), reader.u32(), reader.one_of(range(4))
        cancel = reader.var16()
        reader.end()
        need((reason == 1) == bool(cancel), "canonical", "the cancel stands exactly with reason 1")
        job = self.known(job_id)
        need(not job["done"], "done_once", "the job has ended")
        need((accepted, failed) == (job["accepted"], job["failed"]), "done_counts", "the ledger counts otherwise")
        need(reason != 0 or accepted + failed == job["tasks"], "done_complete", "tasks are open")
        need(reason != 2 or self.time >= job["deadline"], "done_expired", "before the deadline")
        if reason == 1:
            body, signature = split(cancel)
            reader = begin(b"manyhands/cncl/1", self.chain, body)
            need(reader.hash() == job_id, "done_cancel", "it cancels another job")
            reader.u64()
            reader.end()
            need(ed25519.verify(job["submitter"], body, signature), "done_cancel", "the signature does not verify")
        job["done"] = True

    def known(self, job_id):
        need(job_id in self.jobs, "job_known", "job %s is not earlier" % job_id.hex())
        return self.jobs[job_id]

    # ---------------------------------------------------------------- tasks

    def about(self, reader):
        return {"job_id": reader.hash(), "task": reader.u32(), "attempt": reader.u16()}

    def read_cert(self, data):
        reader = begin(b"manyhands/cert/1", self.chain, data)
        cert = self.about(reader)
        cert["chosen"], cert["relaxed"] = reader.u8(), reader.one_of(range(8))
        cert["input"], cert["module"], cert["outcome"] = reader.hash(), reader.hash(), read_outcome(reader)
        cert["agree"], cert["dissent"] = read_votes(reader, cert["outcome"]), read_votes(reader)
        cert["referee"] = [(reader.take(16), reader.take(64)) for _ in range(reader.one_of((0, 1)))]
        reader.end()
        return cert

    def check_task(self, job, entry, chosen, votes):
        """The rules that Cert and Fail share."""
        need(entry["task"] < job["tasks"], "task", "task %d" % entry["task"])
        need(entry["module"] == job["module"], "module", "not the job's")
        if job["range"]:
            line = b"%d %d\n" % self.range_leaf(job, entry["task"])
            need(entry["input"] == sha256(line), "input", "not the range's")
        seats = job["trust"] + 2 * (entry["attempt"] - 1)
        need(entry["attempt"] >= 1 and chosen == seats <= 15, "chosen", "%d seats" % chosen)
        numbers, keys = [vote["seat"] for vote in votes], [vote["key"] for vote in votes]
        need(len(set(numbers)) == len(numbers) and all(seat < chosen for seat in numbers), "seat", "the seats")
        need(len(set(keys)) == len(keys), "key", "a node is listed twice")
        need(all(1 <= vote["attempt"] <= entry["attempt"] for vote in votes), "attempt", "a vote's attempt")

    def check_signatures(self, entry, votes):
        for vote in votes:
            need(not ed25519.is_weak(vote["key"]), "weak_key", vote["key"].hex())
            message = vote_bytes(
                b"manyhands/vote/1", self.chain, entry, vote["attempt"], vote["seat"], vote["nonce"], vote["outcome"], vote["key"]
            )
            signed(vote["key"], message, vote["sig"], "the vote of node %s" % vote["key"].hex())

    def check_referee(self, entry, nonce, outcome, signature, rule):
        key = self.referee(rule)
        message = vote_bytes(b"manyhands/refe/1", self.chain, entry, entry["attempt"], 255, nonce, outcome, key)
        need(ed25519.verify(key, message, signature), rule, "the referee's signature does not verify")

    @staticmethod
    def largest(votes):
        counts = {}
        for vote in votes:
            counts[vote["outcome"]["bytes"]] = counts.get(vote["outcome"]["bytes"], 0) + 1
        return max(counts.values(), default=0)

    def check_cert(self, job, cert):
        votes, chosen, outcome = cert["agree"] + cert["dissent"], cert["chosen"], cert["outcome"]
        self.check_task(job, cert, chosen, votes)
        need(outcome["fuel"] <= job["fuel"], "fuel", "more than the job's")
        need(outcome["output_len"] <= job["output"], "output", "more than the job's")
        differ = all(vote["outcome"]["bytes"] != outcome["bytes"] for vote in cert["dissent"])
        need(differ, "dissent", "a dissent agrees")
        marked, refereed = bool(cert["relaxed"] & 4), bool(cert["referee"])
        if len(cert["agree"]) * 2 > chosen:
            need(not marked and not refereed, "referee", "there is a majority")
        else:
            need(marked or refereed, "majority", "%d of %d agree" % (len(cert["agree"]), chosen))
            open_seats = chosen - len(votes)
            possible = (self.largest(votes) + open_seats) * 2 > chosen
            need(marked and refereed and job["referee"] and chosen == 15, "referee", "it may not settle this")
            need(not possible, "referee", "a majority is possible")
        self.check_signatures(cert, votes)
        for nonce, signature in cert["referee"]:
            self.check_referee(cert, nonce, outcome, signature, "referee")

    def undecided(self, job_id, task):
        job, fact = self.known(job_id), self.tasks.get((job_id, task))
        need(fact is None or fact["void"], "task_once", "task %d is decided" % task)
        need(fact is not None or not job["done"], "after_done", "the job has ended")
        return job

    def decide(self, job, entry, accepted):
        self.tasks[entry["job_id"], entry["task"]] = {"index": self.index, "void": False, "accepted": accepted}
        job["accepted" if accepted else "failed"] += 1

    def cert(self, data):
        cert = self.read_cert(data)
        job = self.undecided(cert["job_id"], cert["task"])
        self.check_cert(job, cert)
        self.not_banned(cert["agree"] + cert["dissent"])
        self.certs[self.index] = data
        self.decide(job, cert, cert["outcome"]["status"] == 0)

    def fail(self, data):
        reader = begin(b"manyhands/fail/1", self.chain, data)
        fail, reason = self.about(reader), reader.one_of((1, 2))
        fail["input"], fail["module"], votes = reader.hash(), reader.hash(), read_votes(reader)
        reader.end()
        job = self.undecided(fail["job_id"], fail["task"])
        chosen = 15 if reason == 1 else job["trust"] + 2 * (fail["attempt"] - 1)
        self.check_task(job, fail, chosen, votes)
        largest, open_seats = self.largest(votes), chosen - len(votes)
        need(largest * 2 <= chosen, "reason", "there is a majority")
        need(reason == 2 or (largest + open_seats) * 2 <= chosen, "reason", "a majority is possible")
        self.check_signatures(fail, votes)
        self.not_banned(votes)
        self.decide(job, fail, False)

    def void(self, data):
        reader = begin(b"manyhands/void/1", self.chain, data)
        index, _, votes = reader.u64(), reader.one_of((1, 2)), read_votes(reader)
        referee = [(reader.take(16), read_outcome(reader), reader.take(64)) for _ in range(reader.one_of((0, 1)))]
        reader.end()
        need(index in self.certs, "void_cert", "entry %d is no earlier Cert" % index)
        cert = self.read_cert(self.certs[index])
        fact = self.tasks[cert["job_id"], cert["task"]]
        need(fact["index"] == index and not fact["void"], "void_cert", "the Cert is void")
        need(referee, "void_referee", "no vote of the referee")
        nonce, outcome, signature = referee[0]
        need(outcome["bytes"] != cert["outcome"]["bytes"], "void_referee", "the referee agrees")
        self.check_referee(cert, nonce, outcome, signature, "void_referee")
        self.check_signatures(cert, votes)
        fact["void"] = True
        self.jobs[cert["job_id"]]["accepted" if fact["accepted"] else "failed"] -= 1

    # ---------------------------------------------------------------- evidence

    def evidence(self, data):
        reader = begin(b"manyhands/evid/1", self.chain, data)
        kind, first, second = reader.one_of((1, 2, 3, 4)), reader.var16(), reader.var16()
        reader.end()
        need(max(len(first), len(second)) <= 16_384, "canonical", "a statement is too long")
        if kind == 1:
            one, two = self.read_vote(first), self.read_vote(second)
            need((one["key"], one["nonce"]) == (two["key"], two["nonce"]), "evidence", "not one node and nonce")
            need(first[:-64] != second[:-64], "evidence", "both say the same")
        elif kind == 2:
            one, two = self.read_header(first), self.read_header(second)
            need(all(one[f] == two[f] for f in ("leader", "height", "epoch")), "evidence", "not one height and epoch")
            need(one != two, "evidence", "both say the same")
        elif kind == 3:
            vote = self.read_vote(first)
            if second[:16] == b"manyhands/cert/1":
                other = self.read_cert(second)
                self.check_cert(self.known(other["job_id"]), other)
            else:
                other = self.read_vote(second, b"manyhands/refe/1")
                by_referee = (other["key"], other["seat"]) == (self.referee("evidence"), 255)
                need(by_referee, "evidence", "the second vote is not the referee's")
            same = all(vote[field] == other[field] for field in ("job_id", "task", "input", "module"))
            need(same, "evidence", "not about one task")
            need(vote["outcome"]["bytes"] != other["outcome"]["bytes"], "evidence", "the outcomes are equal")
        else:
            log = parse_policy(self.rules_policy["text"])["log"]
            said = []
            for statement in (first, second):
                body, signature = split(statement)
                need(ed25519.verify(log["key"], body, signature), "evidence", "the log has not signed")
                lines = utf8(body).split("\n")
                need(len(lines) == 4 and lines[3] == "", "evidence", "no checkpoint")
                said.append(lines)
            need(said[0][:2] == said[1][:2] and said[0][2] != said[1][2], "evidence", "not two roots of one size")

    def read_vote(self, data, label=b"manyhands/vote/1"):
        body, signature = split(data)
        reader = begin(label, self.chain, body)
        vote = self.about(reader)
        vote["seat"], vote["nonce"], vote["input"], vote["module"] = reader.u8(), reader.take(16), reader.hash(), reader.hash()
        vote["outcome"], vote["key"] = read_outcome(reader), reader.hash()
        reader.end()
        need(ed25519.verify(vote["key"], body, signature), "evidence", "the signature of a vote does not verify")
        return vote
