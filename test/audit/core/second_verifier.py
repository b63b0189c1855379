"""A second verifier, written from the specifications alone and in another language; standard library only.

Reads one question per line (JSON) and answers one line for each:

  tree         {leaves, index, size1}            -> {root, path, proof}, by the definitions of RFC 6962, section 2.1
  inclusion    {index, size, leaf, proof, root}  -> true or false
  consistency  {size1, size2, root1, root2, proof} -> true or false
  canonical    {text}                            -> true where the text is RFC 8785 canonical JSON
  note         {note, origin, log, witnesses, quorum} -> true where the checkpoint is trusted (C2SP signed-note,
                                                  tlog-checkpoint, tlog-cosignature)
  file         the same and {text, leaf}, without note -> true where the proof file shows the leaf (C2SP tlog-proof)

Verification follows the recursive definition of RFC 6962 and not the loop of RFC 9162, so that the two programs share no
train of thought. Bytes are in hexadecimal digits.
"""

import base64
import binascii
import hashlib
import json
import math
import re
import sys
import unicodedata

MAX_SIZE = 2**53 - 1


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# RFC 6962 ------------------------------------------------------------------------------------------------------------


def split(n):
    """The largest power of two smaller than n."""
    return 1 << ((n - 1).bit_length() - 1)


def node(left, right):
    return sha256(b"\x01", left, right)


def tree_hash(leaves):
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return sha256(b"\x00", leaves[0])
    k = split(len(leaves))
    return node(tree_hash(leaves[:k]), tree_hash(leaves[k:]))


def path(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return path(m, leaves[:k]) + [tree_hash(leaves[k:])]
    return path(m - k, leaves[k:]) + [tree_hash(leaves[:k])]


def subproof(m, leaves, whole):
    if m == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    k = split(len(leaves))
    if m <= k:
        return subproof(m, leaves[:k], whole) + [tree_hash(leaves[k:])]
    return subproof(m - k, leaves[k:], False) + [tree_hash(leaves[:k])]


class Refused(Exception):
    pass


def need(condition):
    if not condition:
        raise Refused


def take_last(proof):
    need(proof and len(proof[-1]) == 32)
    return proof[:-1], proof[-1]


def root_along(m, n, leaf, proof):
    if n == 1:
        need(not proof)
        return leaf
    k = split(n)
    rest, sibling = take_last(proof)
    if m < k:
        return node(root_along(m, k, leaf, rest), sibling)
    return node(sibling, root_along(m - k, n - k, leaf, rest))


def both_roots(m, n, root1, proof, whole):
    if m == n:
        if whole:
            need(not proof)
            return root1, root1
        rest, last = take_last(proof)
        need(not rest)
        return last, last
    k = split(n)
    rest, sibling = take_last(proof)
    if m <= k:
        old, new = both_roots(m, k, root1, rest, whole)
        return old, node(new, sibling)
    old, new = both_roots(m - k, n - k, root1, rest, False)
    return node(sibling, old), node(sibling, new)


def check_inclusion(index, size, leaf, proof, root):
    need(0 <= index < size <= MAX_SIZE and len(leaf) == 32)
    need(root_along(index, size, leaf, proof) == root)


def check_consistency(size1, size2, root1, root2, proof):
    need(1 <= size1 <= size2 <= MAX_SIZE)
    need(both_roots(size1, size2, root1, proof, True) == (root1, root2))


# RFC 8785 ------------------------------------------------------------------------------------------------------------


def number_text(value):
    """ECMAScript's Number::toString, from Python's shortest digits."""
    number = float(value)
    need(math.isfinite(number))
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    mantissa, exponent = f"{abs(number)!r}e0".split("e")[:2]
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return sign + digits[0] + ("." + digits[1:] if count > 1 else "") + power


SHORT = {0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r", 0x22: '\\"', 0x5C: "\\\\"}


def string_text(value):
    need(not any(0xD800 <= ord(c) <= 0xDFFF for c in value))
    return '"' + "".join(SHORT.get(ord(c)) or (f"\\u{ord(c):04x}" if ord(c) < 0x20 else c) for c in value) + '"'


def canonical(value):
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(f"{string_text(key)}:{canonical(value[key])}" for key in keys) + "}"


def unique(pairs):
    need(len({key for key, _ in pairs}) == len(pairs))
    return dict(pairs)


def check_canonical(text):
    try:
        need(canonical(json.loads(text, object_pairs_hook=unique)) == text)
    except (ValueError, OverflowError) as error:
        raise Refused from error


# RFC 8032 ------------------------------------------------------------------------------------------------------------

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    return (f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P


def times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def decode_point(data):
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    need(y < P)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need((x * x - square) % P == 0 and not (x == 0 and sign))
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def check_ed25519(key, message, signature):
    need(len(signature) == 64)
    s = int.from_bytes(signature[32:], "little")
    need(s < Q)
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    left, right = times(s, BASE), add(decode_point(signature[:32]), times(h, decode_point(key)))
    need((left[0] * right[2] - right[0] * left[2]) % P == 0)
    need((left[1] * right[2] - right[1] * left[2]) % P == 0)


# C2SP ----------------------------------------------------------------------------------------------------------------


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


def answer(kind, asked):
    unhex = bytes.fromhex
    if kind == "tree":
        leaves = [unhex(leaf) for leaf in asked["leaves"]]
        return {
            "root": tree_hash(leaves).hex(),
            "path": [step.hex() for step in path(asked["index"], leaves)],
            "proof": [step.hex() for step in subproof(asked["size1"], leaves, True)],
        }
    hashes = ("leaf", "root", "root1", "root2")
    values = {name: unhex(value) if name in hashes else value for name, value in asked.items()}
    if "proof" in values:
        values["proof"] = [unhex(step) for step in values["proof"]]
    checks = {
        "inclusion": check_inclusion,
        "consistency": check_consistency,
        "canonical": check_canonical,
        "note": check_note,
        "file": check_file,
    }
    try:
        checks[kind](**values)
    except Refused:
        return False
    return True


def main():
    sys.stdin.reconfigure(encoding="utf-8")
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(answer(asked.pop("kind"), asked)))


if __name__ == "__main__":
    main()
