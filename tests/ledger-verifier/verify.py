#!/usr/bin/env python3
"""Verifies a ledger of Manyhands: a folder or a URL with the paths of docs/spec/LEDGER.md section 3.

Written from docs/spec/LEDGER.md and the C2SP specifications that it names, without any code of the project, so that the
page is known to be enough. It needs Python 3.9 and the package `cryptography` (or PyNaCl).

    python3 verify.py FOLDER
    python3 verify.py https://ledger.example/api/v1/ledger [--policy FILE]

Exit code 0 when every rule holds that needs no leaf lists, 7 with the broken rule's name when one does not.
"""

import base64
import hashlib
import re
import struct
import sys
import urllib.error
import urllib.request
from pathlib import Path

import ed25519


class Broken(Exception):
    def __init__(self, rule, words):
        super().__init__("rule %s: %s" % (rule, words))
        self.rule, self.words = rule, words


def need(holds, rule, words):
    if not holds:
        raise Broken(rule, words)


def sha256(data):
    return hashlib.sha256(data).digest()


def signed(key, message, signature, words):
    need(ed25519.verify(key, message, signature), "signature", words)


# ---------------------------------------------------------------- the tree (RFC 6962)


class Tree:
    def __init__(self):
        self.roots, self.size = [], 0

    def push(self, leaf):
        node, full = sha256(b"\x00" + leaf), self.size
        while full & 1:
            node, full = sha256(b"\x01" + self.roots.pop() + node), full >> 1
        self.roots.append(node)
        self.size += 1

    def root(self):
        if not self.roots:
            return sha256(b"")
        node = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            node = sha256(b"\x01" + left + node)
        return node


def tree_hash(leaves):
    tree = Tree()
    for leaf in leaves:
        tree.push(leaf)
    return tree.root()


# ---------------------------------------------------------------- canonical encoding (section 1)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        need(self.at + n <= len(self.data), "canonical", "the bytes end inside a field")
        self.at += n
        return self.data[self.at - n : self.at]

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def u8(self):
        return self.number("B")

    def u16(self):
        return self.number("H")

    def u32(self):
        return self.number("I")

    def u64(self):
        return self.number("Q")

    def i64(self):
        return self.number("q")

    def hash(self):
        return self.take(32)

    def var8(self):
        return self.take(self.u8())

    def var16(self):
        return self.take(self.u16())

    def text8(self):
        return utf8(self.var8())

    def one_of(self, values):
        value = self.u8()
        need(value in values, "canonical", "a field has the value %d" % value)
        return value

    def end(self):
        need(self.at == len(self.data), "canonical", "bytes are left over")


def utf8(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Broken("canonical", "a text is not UTF-8")


def begin(label, chain, data):
    reader = Reader(data)
    need(reader.take(16) == label, "canonical", "another label than %s" % label.decode())
    need(reader.hash() == chain, "chain_id", "it belongs to another ledger")
    return reader


def split(data):
    need(len(data) >= 64, "canonical", "the bytes end before the signature")
    return data[:-64], data[-64:]


def read_outcome(reader):
    start = reader.at
    status, code, fuel, length, digest = reader.one_of(range(6)), reader.u32(), reader.u64(), reader.u64(), reader.hash()
    need((status == 1) == (code != 0), "canonical", "the code does not fit the status")
    need(status < 2 or length == 0, "canonical", "an output where there is none")
    need(length or digest == sha256(b""), "canonical", "the hash of an empty output")
    return {"bytes": reader.data[start : reader.at], "status": status, "fuel": fuel, "output_len": length}


def read_votes(reader, outcome=None):
    votes = []
    for _ in range(reader.u8()):
        key, attempt, seat, nonce = reader.hash(), reader.u16(), reader.u8(), reader.take(16)
        said = outcome or read_outcome(reader)
        votes.append({"key": key, "attempt": attempt, "seat": seat, "nonce": nonce, "outcome": said, "sig": reader.take(64)})
    keys = [vote["key"] for vote in votes]
    need(keys == sorted(set(keys)), "canonical", "votes are not sorted by key")
    return votes


def vote_bytes(label, chain, about, attempt, seat, nonce, outcome, key):
    body = label + chain + about["job_id"] + struct.pack(">IHB", about["task"], attempt, seat) + nonce
    return body + about["input"] + about["module"] + outcome["bytes"] + key


# ---------------------------------------------------------------- notes, policies, checkpoints (section 3)


def unbase64(text, rule):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Broken(rule, "not base64: %r" % text[:80])
    need(base64.b64encode(data).decode() == text, rule, "not the one spelling of base64")
    return data


def parse_vkey(text):
    parts = text.split("+", 2)
    need(len(parts) == 3, "policy_text", "%r is no key" % text[:80])
    data = unbase64(parts[2], "policy_text")
    name, key_id = parts[0], sha256(parts[0].encode() + b"\n" + data)[:4]
    need(name and key_id.hex() == parts[1] and len(data) == 33, "policy_text", "%r is no key" % text[:80])
    return {"name": name, "id": key_id, "kind": data[0], "key": data[1:]}


def parse_policy(text):
    log, witnesses, group, quorum = None, {}, None, None
    for line in text.split("\n"):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "log" and len(words) in (2, 3) and log is None:
            log = parse_vkey(words[1])
        elif words[0] == "witness" and len(words) in (3, 4) and words[1] not in witnesses:
            witnesses[words[1]] = parse_vkey(words[2])
        elif words[0] == "group" and len(words) > 3 and group is None:
            group = words[1:]
        elif words[0] == "quorum" and len(words) == 2 and quorum is None:
            quorum = words[1]
        else:
            raise Broken("policy_text", "the line %r" % line[:80])
    need(log and group and group[0] == quorum and group[1].isdigit(), "policy_text", "log, one group and its quorum")
    need(sorted(group[2:]) == sorted(witnesses), "policy_text", "the group is not all witnesses")
    threshold = len(witnesses) if group[1] == "all" else int(group[1])
    need(len(witnesses) < threshold * 2 and threshold <= len(witnesses), "policy_text", "the threshold is no majority")
    need(log["kind"] == 1 and all(w["kind"] == 4 for w in witnesses.values()), "policy_text", "the kinds of keys")
    return {"log": log, "witnesses": witnesses, "threshold": threshold}


def parse_checkpoint(note):
    text, separator, lines = note.rpartition("\n\n")
    need(separator and lines.endswith("\n"), "checkpoint", "it is no signed note")
    text += "\n"
    parts = text.split("\n")
    need(len(parts) == 4 and re.fullmatch("0|[1-9][0-9]*", parts[1]), "checkpoint", "origin, size and root")
    signatures = []
    for line in lines[:-1].split("\n"):
        words = line.split(" ")
        need(len(words) == 3 and words[0] == "\u2014", "checkpoint", "a line is no signature")
        data = unbase64(words[2], "checkpoint")
        signatures.append((words[1], data[:4], data[4:]))
    root = unbase64(parts[2], "checkpoint")
    return {"text": text, "origin": parts[0], "size": int(parts[1]), "root": root, "signatures": signatures}


def certify(policy, checkpoint):
    """The names of the storage nodes that have cosigned, at least a quorum."""
    rule, text = "certificate", checkpoint["text"].encode()
    log = policy["log"]
    need(checkpoint["origin"] == log["name"], rule, "the checkpoint is another log's")
    lines = [data for name, key_id, data in checkpoint["signatures"] if (name, key_id) == (log["name"], log["id"])]
    need(lines, rule, "the log has not signed")
    need(all(ed25519.verify(log["key"], text, data) for data in lines), rule, "the log's signature does not verify")
    cosigned = []
    for name, vkey in policy["witnesses"].items():
        lines = [data for line, key_id, data in checkpoint["signatures"] if (line, key_id) == (vkey["name"], vkey["id"])]
        for data in lines:
            need(len(data) == 72, rule, "the cosignature of %s is too short or too long" % name)
            message = b"cosignature/v1\ntime %d\n" % struct.unpack(">Q", data[:8]) + text
            need(ed25519.verify(vkey["key"], message, data[8:]), rule, "the cosignature of %s does not verify" % name)
        cosigned += [name] if lines else []
    need(len(cosigned) >= policy["threshold"], rule, "%d of %d cosigned" % (len(cosigned), policy["threshold"]))
    return cosigned


# ---------------------------------------------------------------- where the ledger is


class Place:
    def __init__(self, where):
        self.where = where

    def read(self, path):
        if "://" not in self.where:
            file = Path(self.where) / path
            return file.read_bytes() if file.is_file() else None
        try:
            with urllib.request.urlopen(self.where.rstrip("/") + "/" + path, timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def expect(self, path, rule):
        data = self.read(path)
        need(data is not None, rule, "there is no %s" % path)
        return data


def tile_path(kind, n, width):
    groups = ["%03d" % (n % 1000)]
    while n >= 1000:
        n //= 1000
        groups.insert(0, "x%03d" % (n % 1000))
    return "tile/%s/%s%s" % (kind, "/".join(groups), ".p/%d" % width if width < 256 else "")


def entries_of(place, size):
    for n in range((size + 255) // 256):
        width = min(256, size - n * 256)
        reader = Reader(place.expect(tile_path("entries", n, width), "tiles"))
        for _ in range(width):
            yield reader.var16()
        need(reader.at == len(reader.data), "tiles", "bytes are left over in entry bundle %d" % n)


def check_tiles(place, hashes):
    """Each tile of hashes is the one that follows from the entries."""
    level = 0
    while hashes:
        for n in range((len(hashes) + 255) // 256):
            part = hashes[n * 256 : n * 256 + 256]
            path = tile_path(level, n, len(part))
            need(place.expect(path, "tiles") == b"".join(part), "tiles", "%s does not follow from the entries" % path)
        above = []
        for n in range(len(hashes) // 256):
            nodes = hashes[n * 256 : n * 256 + 256]
            while len(nodes) > 1:
                nodes = [sha256(b"\x01" + nodes[i] + nodes[i + 1]) for i in range(0, len(nodes), 2)]
            above += nodes
        hashes, level = above, level + 1


def verify(place, pinned):
    from rules import Ledger  # the rules of section 2

    checkpoint = parse_checkpoint(utf8(place.expect("checkpoint", "checkpoint")))
    ledger = Ledger(sha256(checkpoint["origin"].encode()))
    policies, hashes = [], []
    for entry in entries_of(place, checkpoint["size"]):
        index = ledger.tree.size + len(ledger.pending)
        hashes.append(sha256(b"\x00" + entry))
        try:
            certifier = ledger.push(entry)
            if certifier is None:
                continue
            policies.append(certifier)
            if ledger.policy_changed and ledger.tree.size < checkpoint["size"]:
                path = "certificates/%d" % ledger.height
                certificate = parse_checkpoint(utf8(place.expect(path, "certificate")))
                certify(parse_policy(certifier["text"]), certificate)
                need(certificate["size"] == ledger.tree.size, "checkpoint_size", path)
                need(certificate["root"] == ledger.tree.root(), "checkpoint_root", path)
        except Broken as broken:
            raise Broken(broken.rule, "entry %d: %s" % (index, broken.words))
    need(not ledger.pending and policies, "checkpoint_size", "the log does not end with a block")
    cosigned = certify(parse_policy(policies[-1]["text"]), checkpoint)
    need(checkpoint["root"] == ledger.tree.root(), "checkpoint_root", "the entries have another root")
    check_tiles(place, hashes)
    served = parse_policy(utf8(place.expect("policy", "policy_text")))
    in_force = [parse_policy(policy["text"]) for policy in (policies[-1], ledger.policy)]
    need(served in in_force, "policy_text", "what is served as the policy is not the one in force")
    if pinned is not None:
        was_pinned = any(parse_policy(policy["text"]) == pinned for policy in policies)
        need(was_pinned, "policy_pinned", "no block was made under the pinned policy")
    print(
        "The ledger %s keeps every rule: %d entries, %d blocks, %d jobs, cosigned by %s."
        % (checkpoint["origin"], checkpoint["size"], ledger.height + 1, len(ledger.jobs), ", ".join(cosigned))
    )


def main(args):
    pinned = None
    if len(args) == 3 and args[1] == "--policy":
        pinned = parse_policy(Path(args[2]).read_text(encoding="utf-8"))
    elif len(args) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        verify(Place(args[0]), pinned)
    except Broken as broken:
        print("VERIFICATION FAILED: %s" % broken, file=sys.stderr)
        return 7
    return 0


if __name__ == "__main__":
    sys.modules["verify"] = sys.modules["__main__"]
    sys.exit(main(sys.argv[1:]))
