#!/usr/bin/env python3
"""Computes vectors.json: the bytes of every signed or hashed structure, for fixed contents and keys.

Written from docs/spec/LEDGER.md, RFC 6962, RFC 8032 and the C2SP specifications alone. It shares no code with the
crate: the Ed25519 below is plain integer arithmetic, and every structure is put together by hand. It needs nothing but
Python's standard library.

    python3 shared/vectors/make.py > shared/vectors/vectors.json

The committed file is what the tests read; nobody needs Python to run them.
"""

import base64
import hashlib
import json
import struct

# ---------------------------------------------------------------- Ed25519 (RFC 8032)

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P
    return (x, y)


def times(n, point):
    result = IDENTITY
    while n:
        if n & 1:
            result = add(result, point)
        point = add(point, point)
        n >>= 1
    return result


def x_of(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def encode_point(point):
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


IDENTITY = (0, 1)
BASE_Y = 4 * pow(5, -1, P) % P
BASE = (x_of(BASE_Y, 0), BASE_Y)


def sha512_int(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


class Key:
    """A secret key whose seed is one byte, 32 times."""

    def __init__(self, number):
        h = hashlib.sha512(bytes([number]) * 32).digest()
        a = int.from_bytes(h[:32], "little")
        self.scalar = a & ((1 << 254) - 8) | 1 << 254
        self.prefix = h[32:]
        self.public = encode_point(times(self.scalar, BASE))

    def sign(self, message):
        r = sha512_int(self.prefix, message) % L
        big_r = encode_point(times(r, BASE))
        k = sha512_int(big_r, self.public, message) % L
        return big_r + ((r + k * self.scalar) % L).to_bytes(32, "little")


# The point of order 8 that RFC 8032's curve has beside those of order 1, 2 and 4, from any point off the subgroup.
def torsion_of_order_8():
    y = 2
    while True:
        x = x_of(y, 0)
        if x is not None:
            point = times(L, (x, y))
            if times(4, point) != IDENTITY:
                return point
        y += 1


# ---------------------------------------------------------------- encoding (LEDGER.md section 1)

def sha256(data):
    return hashlib.sha256(data).digest()


def u8(n):
    return struct.pack(">B", n)


def u16(n):
    return struct.pack(">H", n)


def u32(n):
    return struct.pack(">I", n)


def u64(n):
    return struct.pack(">Q", n)


def i64(n):
    return struct.pack(">q", n)


def var8(data):
    return u8(len(data)) + data


def var16(data):
    return u16(len(data)) + data


def tree_hash(leaves):  # RFC 6962 section 2.1
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:]))


# ---------------------------------------------------------------- fixed contents

ORIGIN = b"vectors.example/ledger"
CHAIN = sha256(ORIGIN)
SUBMITTER = Key(100)
LEADER = Key(101)
REFEREE = Key(102)
NODES = [Key(n) for n in range(1, 16)]
MODULE = sha256(b"module")
MANIFEST = sha256(b"manifest")
ZERO32 = bytes(32)

vectors = {}


def put(name, data):
    assert name not in vectors
    vectors[name] = data.hex() if isinstance(data, bytes) else data
    return data


put("chain_id", CHAIN)
put("default_origin", "manyhands.local/" + sha256(LEADER.public).hex()[:16])

# Auth, Work, Http, Answer
challenge = bytes([0xC1]) * 32
auth = put("auth", b"manyhands/auth/1" + CHAIN + challenge + NODES[0].public)
put("auth.signature", NODES[0].sign(auth))
owner = put("owner_auth", b"manyhands/ownr/1" + CHAIN + challenge + NODES[0].public)
put("owner_auth.signature", SUBMITTER.sign(owner))


def work(answer):
    return sha256(b"manyhands/puzz/1" + CHAIN + challenge + NODES[0].public + u64(answer))


put("work.hash_of_answer_7", work(7))
answer = 0
while int.from_bytes(work(answer), "big") >> (256 - 12):
    answer += 1
put("work.first_answer_of_12_bits", u64(answer))

target = "/api/v1/blobs/ab?x=1&y=ä".encode()
nonce16 = bytes([0xA5]) * 16
http = put(
    "http",
    b"manyhands/http/1" + CHAIN + var8(b"PUT") + var16(target) + sha256(b"body") + u64(1_700_000_000_123) + nonce16,
)
signature = put("http.signature", SUBMITTER.sign(http))
put(
    "http.header",
    'Manyhands key="%s", time="1700000000123", nonce="%s", sig="%s"'
    % (SUBMITTER.public.hex(), nonce16.hex(), signature.hex()),
)
answer_to_http = put("answ", b"manyhands/answ/1" + CHAIN + nonce16 + u16(409) + sha256(b"answer"))
put("answ.header", NODES[0].sign(answer_to_http).hex())


# outcome
def outcome(status, code, fuel, output):
    return u8(status) + u32(code) + u64(fuel) + u64(len(output)) + sha256(output)


GOOD = put("outcome.ok", outcome(0, 0, 7, b"hello\n"))
EXIT = put("outcome.exit", outcome(1, 3, 2**40, b"partial"))
TRAP = put("outcome.trap", outcome(2, 0, 9, b""))
put("outcome.out_of_fuel", outcome(3, 0, 2**63 - 1, b""))
put("outcome.output_too_large", outcome(4, 0, 0, b""))
put("outcome.out_of_memory", outcome(5, 0, 1, b""))

# leaves and input roots
CHUNKS = [b"alpha\n", b"beta\n", b"", b"gamma\n", b"delta\n"]
chunk_leaves = [sha256(chunk) + u64(len(chunk)) for chunk in CHUNKS]
range_leaves = [i64(start) + i64(min(start + 4, 6)) for start in range(-5, 6, 4)]
subset_leaves = [u32(task) for task in (1, 4)]
put("leaves.chunks", b"".join(chunk_leaves))
put("leaves.range", b"".join(range_leaves))
put("leaves.subset", b"".join(subset_leaves))
put("root.of_nothing", tree_hash([]))
CHUNKS_ROOT = put("root.chunks", tree_hash(chunk_leaves))
RANGE_ROOT = put("root.range", tree_hash(range_leaves))
SUBSET_ROOT = put("root.subset", tree_hash(subset_leaves))


# Job
def job(
    name,
    argv_mode=0,
    args=(),
    common=ZERO32,
    kind=0,
    numbers=(0, 0, 0),
    parent=ZERO32,
    count=len(CHUNKS),
    root=CHUNKS_ROOT,
    trust=3,
    policy=0,
    pool=b"",
    flags=1,
    deadline=0,
):
    start, end, chunk = numbers
    body = b"manyhands/jobs/1" + CHAIN + bytes([0x4A]) * 16 + SUBMITTER.public
    body += MODULE + MANIFEST + u8(argv_mode) + u8(len(args)) + b"".join(var16(arg) for arg in args)
    body += common + u8(kind) + i64(start) + i64(end) + u64(chunk) + parent
    body += u32(count) + root + u8(trust) + u8(policy) + var8(pool) + u16(flags)
    body += u64(10**12) + u32(4096) + u32(16 << 20) + u32(120_000) + bytes([0x5E]) * 32 + u64(deadline)
    put("job." + name, body + SUBMITTER.sign(body))
    return put("job_id." + name, sha256(body))


JOB = job("chunks")
job(
    "range",
    args=[b"width=1024", b"", b"\xff"],
    common=sha256(b"common"),
    kind=1,
    numbers=(-5, 6, 4),
    count=3,
    root=RANGE_ROOT,
    trust=15,
    flags=0,
    deadline=1_800_000_000_000,
)
job("subset", argv_mode=1, kind=2, parent=JOB, count=2, root=SUBSET_ROOT, trust=5)
job("random", policy=1)
job("fast", policy=2)
job("proven", policy=3)
job("diverse", policy=4)
job("pool", policy=5, pool="lab-ä".encode())

# Cancel (as Done carries it)
cancel = b"manyhands/cncl/1" + CHAIN + JOB + u64(1_700_000_000_456)
put("cancel", cancel + SUBMITTER.sign(cancel))

# Vote
TASK = 3
INPUT = sha256(CHUNKS[TASK])


def seat_nonce(seat):
    return bytes([0xB0 + seat % 16]) * 16


def vote(label, key, attempt, seat, what):
    return (
        label + CHAIN + JOB + u32(TASK) + u16(attempt) + u8(seat) + seat_nonce(seat) + INPUT + MODULE + what + key.public
    )


one = put("vote", vote(b"manyhands/vote/1", NODES[0], 1, 0, GOOD))
put("vote.signature", NODES[0].sign(one))
ruling = put("vote.of_the_referee", vote(b"manyhands/refe/1", REFEREE, 7, 255, GOOD))
put("vote.of_the_referee.signature", REFEREE.sign(ruling))


# Cert and Fail: `seats` lists (node, attempt, outcome); the seat is the position in the list
def listed(seats, with_outcome):
    rows = []
    for seat, key, attempt, what in seats:
        row = key.public + u16(attempt) + u8(seat) + seat_nonce(seat)
        row += what if with_outcome else b""
        rows.append(row + key.sign(vote(b"manyhands/vote/1", key, attempt, seat, what)))
    return u8(len(rows)) + b"".join(sorted(rows))


def numbered(seats):
    return [(seat, NODES[node], attempt, what) for seat, (node, attempt, what) in enumerate(seats)]


def cert(name, attempt, chosen, relaxed, seats, referee=b"\x00"):
    seats = numbered(seats)
    agree = [seat for seat in seats if seat[3] == GOOD]
    dissent = [seat for seat in seats if seat[3] != GOOD]
    body = b"manyhands/cert/1" + CHAIN + JOB + u32(TASK) + u16(attempt) + u8(chosen) + u8(relaxed) + INPUT + MODULE
    put("cert." + name, body + GOOD + listed(agree, False) + listed(dissent, True) + referee)


def fail(name, attempt, reason, seats):
    body = b"manyhands/fail/1" + CHAIN + JOB + u32(TASK) + u16(attempt) + u8(reason) + INPUT + MODULE
    put("fail." + name, body + listed(numbered(seats), True))


cert("majority", 1, 3, 3, [(0, 1, GOOD), (1, 1, GOOD)])
cert("dissent", 2, 5, 0, [(0, 1, GOOD), (1, 1, TRAP), (2, 1, EXIT), (3, 2, GOOD), (4, 2, GOOD)])
split_votes = [(node, 1 + max(0, node - 1) // 2, GOOD if node < 7 else (TRAP if node < 14 else EXIT)) for node in range(15)]
cert("referee", 7, 15, 4, split_votes, u8(1) + seat_nonce(255) + REFEREE.sign(ruling))
fail("no_majority", 7, 1, split_votes)
fail("unable", 1, 2, [(0, 1, EXIT)])


# Prog
def prog(name, version, key, original, module, rewriter):
    body = b"manyhands/prog/1" + CHAIN + var8(name) + var8(version) + key.public
    body += original + module + MANIFEST + u16(rewriter)
    return body + key.sign(body)


put("prog.named", prog(b"wordcount", b"1.2.3", LEADER, sha256(b"original"), MODULE, 258))
ad_hoc = b"x-" + sha256(MODULE + MANIFEST + SUBMITTER.public).hex()[:8].encode()
put("prog.ad_hoc", prog(ad_hoc, b"0.0.0", SUBMITTER, MODULE, MODULE, 0))

# ---------------------------------------------------------------- checkpoints and what surrounds them (section 3)
# From the C2SP specifications signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy and tlog-proof.

CHECKPOINT_KEY = Key(103)
WITNESSES = [("s%d" % n, "vectors.example/s%d" % n, Key(110 + n)) for n in (1, 2, 3)]
LOG = chunk_leaves


def base64_of(data):
    return base64.b64encode(data).decode()


def key_id(name, kind, key):
    return sha256(name.encode() + b"\n" + u8(kind) + key.public)[:4]


def vkey(name, kind, key):
    return "%s+%s+%s" % (name, key_id(name, kind, key).hex(), base64_of(u8(kind) + key.public))


def signature_line(name, kind, key, signature):
    return "\u2014 %s %s\n" % (name, base64_of(key_id(name, kind, key) + signature))


def left_part(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def audit_path(m, leaves):  # RFC 6962 section 2.1.1
    if len(leaves) == 1:
        return []
    k = left_part(len(leaves))
    if m < k:
        return audit_path(m, leaves[:k]) + [tree_hash(leaves[k:])]
    return audit_path(m - k, leaves[k:]) + [tree_hash(leaves[:k])]


def consistency(m, leaves, is_known=True):  # RFC 6962 section 2.1.2
    if m == len(leaves):
        return [] if is_known else [tree_hash(leaves)]
    k = left_part(len(leaves))
    if m <= k:
        return consistency(m, leaves[:k], is_known) + [tree_hash(leaves[k:])]
    return consistency(m - k, leaves[k:], False) + [tree_hash(leaves[:k])]


put("merkle.path_of_3_in_5", b"".join(audit_path(3, LOG)))
put("merkle.consistency_of_3_and_5", b"".join(consistency(3, LOG)))
put("merkle.root_of_3", tree_hash(LOG[:3]))

log_name = ORIGIN.decode()
put("vkey.log", vkey(log_name, 1, CHECKPOINT_KEY))
checkpoint = put("checkpoint.text", "%s\n%d\n%s\n" % (log_name, len(LOG), base64_of(tree_hash(LOG))))
log_line = signature_line(log_name, 1, CHECKPOINT_KEY, CHECKPOINT_KEY.sign(checkpoint.encode()))
put("checkpoint.signed", checkpoint + "\n" + log_line)


def cosignature(witness, time):
    _, name, key = witness
    message = "cosignature/v1\ntime %d\n%s" % (time, checkpoint)
    return signature_line(name, 4, key, u64(time) + key.sign(message.encode()))


cosigned = [cosignature(WITNESSES[0], 1_700_000_000), cosignature(WITNESSES[2], 1_700_000_060)]
certified = put("checkpoint.certified", checkpoint + "\n" + log_line + "".join(cosigned))

policy = "log %s\n" % vkey(log_name, 1, CHECKPOINT_KEY)
for witness, name, key in WITNESSES:
    policy += "witness %s %s http://%s.vectors.example:8000\n" % (witness, vkey(name, 4, key), witness)
put("policy.text", policy + "group storage 2 s1 s2 s3\nquorum storage\n")

proof = "c2sp.org/tlog-proof@v1\nindex 3\n"
proof += "".join(base64_of(h) + "\n" for h in audit_path(3, LOG))
put("tlog_proof", proof + "\n" + certified)

# ---------------------------------------------------------------- the entries around jobs, as a small ledger (section 2)
# Those that stand in a block keep every rule there: the names in `blocks` are the log of vectors.example/ledger.

ACKS = [Key(120 + n) for n in (1, 2, 3)]
BEGAN = 1_700_000_000_000


def policy_entry(name, version, referee):
    body = b"manyhands/poli/1" + CHAIN + u32(version) + LEADER.public + referee + u8(len(ACKS))
    for (witness, _, _), ack in zip(WITNESSES, ACKS):
        body += var8(witness.encode()) + ack.public
    return put("policy." + name, body + var16(vectors["policy.text"].encode()))


def header_of(height, epoch, first_index, entries, log, before, time_ms):
    body = b"manyhands/head/1" + CHAIN + u64(height) + u64(epoch) + u64(first_index) + u32(len(entries)) + before
    body += tree_hash(entries) + tree_hash(log) + sha256(vectors_bytes("policy.zero")) + u64(time_ms) + LEADER.public
    return body


def vectors_bytes(name):
    return bytes.fromhex(vectors[name])


def void(name, cert_index, reason, seats, referee):
    body = b"manyhands/void/1" + CHAIN + u64(cert_index) + u8(reason) + listed(seats, True)
    put("void." + name, body + referee)


def refereed(what):
    signed = vote(b"manyhands/refe/1", REFEREE, 1, 255, what)
    return u8(1) + seat_nonce(255) + what + REFEREE.sign(signed)


def done(name, accepted, failed, reason, cancel):
    body = b"manyhands/done/1" + CHAIN + JOB + u32(accepted) + u32(failed) + u8(reason)
    put("done." + name, body + var16(cancel))


def ban(name, key, banned, until_ms, evidence_index, reason):
    body = b"manyhands/bans/1" + CHAIN + key.public + u8(banned) + u64(until_ms) + u64(evidence_index)
    put("ban." + name, body + var8(reason.encode()))


def evidence(name, kind, first, second):
    put("evid." + name, b"manyhands/evid/1" + CHAIN + u8(kind) + var16(first) + var16(second))


def signed(key, message):
    return message + key.sign(message)


policy_entry("zero", 0, REFEREE.public)
policy_entry("without_referee", 1, ZERO32)

done("complete", 4, 1, 0, b"")
done("cancelled", 0, 0, 1, vectors_bytes("cancel"))
done("stopped", 1, 0, 3, b"")
void("referee", 5, 1, [(2, NODES[2], 1, TRAP)], refereed(TRAP))
void("audit", 5, 2, [], refereed(EXIT))
wdrw = b"manyhands/wdrw/1" + CHAIN + var8(b"wordcount") + var8(b"1.2.3") + var8("counts \u00e4 as two".encode())
put("withdraw", signed(LEADER, wdrw))

vote_good = signed(NODES[0], vote(b"manyhands/vote/1", NODES[0], 1, 0, GOOD))
vote_trap = signed(NODES[0], vote(b"manyhands/vote/1", NODES[0], 1, 0, TRAP))
headers = [header_of(1, 4, 2, [b"one"], [b"one"], ZERO32, time) for time in (BEGAN, BEGAN + 1)]
checkpoints = ["%s\n7\n%s\n" % (log_name, base64_of(tree_hash([leaf]))) for leaf in (b"one", b"two")]
evidence("double_vote", 1, vote_good, vote_trap)
evidence("double_header", 2, *[signed(LEADER, header) for header in headers])
evidence("refuted_by_cert", 3, vote_trap, vectors_bytes("cert.majority"))
evidence("refuted_by_referee", 3, vote_good, signed(REFEREE, vote(b"manyhands/refe/1", REFEREE, 1, 255, TRAP)))
evidence("double_checkpoint", 4, *[signed(CHECKPOINT_KEY, checkpoint.encode()) for checkpoint in checkpoints])

ban("for_ever", NODES[0], 1, 0, 6, "two votes with one nonce")
ban("until", NODES[1], 1, 1_800_000_000_000, 2**64 - 1, "")
ban("lifted", NODES[0], 0, 0, 2**64 - 1, "a mistake of ours")

blocks = [
    ["policy.zero"],
    ["prog.named", "job.chunks"],
    ["cert.majority", "evid.double_vote", "evid.double_header", "evid.refuted_by_cert", "evid.refuted_by_referee"]
    + ["evid.double_checkpoint", "ban.for_ever", "ban.until", "ban.lifted", "void.referee", "withdraw", "done.cancelled"],
    ["policy.without_referee"],
]
log = []
before = ZERO32
for height, names in enumerate(blocks):
    entries = [vectors_bytes(name) for name in names]
    first_index = len(log)
    log += entries
    header = header_of(height, 1 + height // 2, first_index, entries, log, before, BEGAN + 1000 * height)
    before = put("header_hash.%d" % height, sha256(header))
    log.append(put("header.%d" % height, signed(LEADER, header)))
put("ledger.root", tree_hash(log))

ack = b"manyhands/acks/1" + CHAIN + u64(2) + u64(3) + before + ACKS[0].public
put("ack", signed(ACKS[0], ack))

# The proof bundle of the job at the end of block 2: its one certificate is void, it was cancelled
def certificate(leaves, times):
    text = "%s\n%d\n%s\n" % (log_name, len(leaves), base64_of(tree_hash(leaves)))
    note = text + "\n" + signature_line(log_name, 1, CHECKPOINT_KEY, CHECKPOINT_KEY.sign(text.encode()))
    for (_, name, key), time in zip(WITNESSES, times):
        message = "cosignature/v1\ntime %d\n%s" % (time, text)
        note += signature_line(name, 4, key, u64(time) + key.sign(message.encode()))
    return note


def proven(word, index, leaves):
    lines = ["", "%s %d" % (word, index), base64_of(leaves[index])] + [base64_of(h) for h in audit_path(index, leaves)]
    return "\n".join(lines) + "\n"


whole = log[:18]
bundle = "manyhands/bundle@v1\njob %s\npartial\n" % JOB.hex()
bundle += proven("header", 17, whole) + "\n" + certificate(whole, (1_700_000_070, 1_700_000_071))
bundle += "\nleaves %s\n%s\n" % (JOB.hex(), base64_of(b"".join(chunk_leaves)))
put("bundle", bundle + "".join(proven("record", index, whole) for index in (0, 3, 5, 14, 16)))

# ---------------------------------------------------------------- signatures that must be refused (section 1)

refused = {}
MESSAGE = b"a message"


def refuse(name, public, signature):
    refused[name] = {"key": public.hex(), "message": MESSAGE.hex(), "signature": signature.hex()}


def challenge_of(big_r, public, message):
    return sha512_int(big_r, public, message) % L


torsion = torsion_of_order_8()
for order in (1, 2, 3, 4, 5, 6, 7):
    point = times(order, torsion)
    # R = rB + T: only a check that multiplies by the cofactor accepts it.
    r = sha512_int(b"torsion in R", u8(order)) % L
    big_r = encode_point(add(times(r, BASE), point))
    s = (r + challenge_of(big_r, SUBMITTER.public, MESSAGE) * SUBMITTER.scalar) % L
    refuse("torsion_in_r_%d" % order, SUBMITTER.public, big_r + s.to_bytes(32, "little"))

# R of small order. With the identity plain `verify` accepts.
big_r = encode_point(IDENTITY)
s = challenge_of(big_r, SUBMITTER.public, MESSAGE) * SUBMITTER.scalar % L
refuse("identity_as_r", SUBMITTER.public, big_r + s.to_bytes(32, "little"))

# A of small order, that is a weak key: plain `verify` accepts when kA is the identity, for any message.
for order in range(8):
    weak = encode_point(times(order, torsion))
    r = 0
    while True:
        r += 1
        big_r = encode_point(times(r, BASE))
        if times(challenge_of(big_r, weak, MESSAGE), times(order, torsion)) == IDENTITY:
            break
    refuse("weak_key_%d" % order, weak, big_r + r.to_bytes(32, "little"))

# s + L: the same number modulo L, so a second signature for one message.
good = SUBMITTER.sign(MESSAGE)
s = int.from_bytes(good[32:], "little") + L
refuse("s_not_reduced", SUBMITTER.public, good[:32] + s.to_bytes(32, "little"))

print(json.dumps({"structures": vectors, "refused_signatures": refused}, indent=1, ensure_ascii=False))
