"""The committed index of entity chains, from its description in docs/adr/0017."""

import re

from refused import need
from tree import MAX_SIZE, check_inclusion, sha256

BUCKETS = 65536
ROW_BYTES = 72


def unhex(text):
    need(re.fullmatch(r"[0-9a-f]*", text) and len(text) % 2 == 0)
    return bytes.fromhex(text)


def head_of(entity, shown, committed):
    """Number and hash of the entity's last record as of the committed size; None where it has no record."""
    need(shown["size"] == committed["size"] and shown["root"] == committed["root"])
    ours = sha256(entity.encode())
    need(shown["bucket"] == int.from_bytes(ours[:2], "big"))
    rows = [unhex(row) for row in shown["rows"]]
    need(all(len(row) == ROW_BYTES for row in rows))
    names = [row[:32] for row in rows]
    need(names == sorted(set(names)))
    head = None
    for row in rows:
        number = int.from_bytes(row[32:40], "big")
        need(row[:2] == ours[:2] and 1 <= number <= MAX_SIZE)
        if row[:32] == ours:
            head = [number, row[40:].hex()]
    leaf = sha256(b"\x00", *rows)
    check_inclusion(shown["bucket"], BUCKETS, leaf, [unhex(step) for step in shown["proof"]], unhex(shown["root"]))
    return head
