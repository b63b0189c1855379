"""C2SP signed-note, tlog-checkpoint, tlog-cosignature and tlog-proof."""

import base64
import binascii
import re
import unicodedata

from ed25519 import check_ed25519
from refused import Refused, need
from tree import MAX_SIZE, check_inclusion, sha256


def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused from error
    need(base64.b64encode(data).decode() == text)
    return data


def count_of(text):
    need(re.fullmatch(r"0|[1-9][0-9]{0,15}", text) and int(text) <= MAX_SIZE)
    return int(text)


def hash_of(text):
    data = unbase64(text)
    need(len(data) == 32)
    return data


def is_name(name):
    bad = ("Zs", "Zl", "Zp", "Cc", "Cs")
    return name != "" and "+" not in name and not any(unicodedata.category(c) in bad or c == "\ufeff" for c in name)


def read_vkey(text):
    name, key_id, encoded = text.split("+", 2)
    data = unbase64(encoded)
    assert sha256(name.encode(), b"\n", data)[:4].hex() == key_id, "a verifier key with another id"
    return name, bytes.fromhex(key_id), data[0], data[1:]


def read_note(note):
    need(not any(0xD800 <= ord(c) <= 0xDFFF or (ord(c) < 0x20 and c != "\n") for c in note))
    text, gap, block = note.rpartition("\n\n")
    need(gap and text and (block == "" or block.endswith("\n")))
    signatures = []
    for line in block.split("\n")[:-1]:
        dash, name, encoded = (line.split(" ") + ["", "", ""])[:3] if line.count(" ") == 2 else ("", "", "")
        need(dash == "\u2014" and is_name(name))
        data = unbase64(encoded)
        need(len(data) > 4)
        signatures.append((name, data[:4], data[4:]))
    return text + "\n", signatures


def read_checkpoint(text):
    origin, size, root, *more = text.split("\n")[:-1] + [""] * (3 - text.count("\n"))
    need(origin and "" not in more)
    return origin, count_of(size), hash_of(root)


def check_signature(kind, key, text, signature):
    if kind == 1:
        return check_ed25519(key, text.encode(), signature)
    need(kind == 4 and len(signature) == 72)
    time = int.from_bytes(signature[:8], "big")
    need(time <= MAX_SIZE)
    return check_ed25519(key, f"cosignature/v1\ntime {time}\n{text}".encode(), signature[8:])


def check_note(note, origin, log, witnesses, quorum):
    text, signatures = read_note(note)
    checkpoint = read_checkpoint(text)
    need(checkpoint[0] == origin)
    log_keys = [read_vkey(key) for key in log]
    known = log_keys + [read_vkey(key) for key in witnesses]
    by_log, cosigners = False, set()
    for name, key_id, signature in signatures:
        for vkey in known:
            if vkey[:2] != (name, key_id):
                continue
            check_signature(vkey[2], vkey[3], text, signature)
            if vkey in log_keys:
                by_log = True
            else:
                cosigners.add(vkey[3])
    need(by_log and len(cosigners) >= quorum)
    return checkpoint


def check_file(text, leaf, **policy):
    head, gap, note = text.partition("\n\n")
    lines = head.split("\n")
    need(gap and lines.pop(0) == "c2sp.org/tlog-proof@v1")
    if lines and lines[0].startswith("extra "):
        unbase64(lines.pop(0)[6:])
    need(lines and lines[0].startswith("index "))
    index = count_of(lines.pop(0)[6:])
    _, size, root = check_note(note, **policy)
    check_inclusion(index, size, leaf, [hash_of(line) for line in lines], root)
