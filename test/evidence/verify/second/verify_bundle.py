"""Third verifier, Python standard library only, sharing no code with the others: manifests, leaf hashes, inclusion proofs,
entity chains and their committed length, that the bundle was asked for and approved. Signatures are not checked (no Ed25519 in the standard library): the checkpoint's
root is taken as it stands. Prints one line `code place` per failure, in the order of the checks; nothing where all fits."""

import base64
import hashlib
import json
import os
import sys
import unicodedata

BAG = sys.argv[1]
TAGGED = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sm3.txt"]
damaged = set()


def fail(code, place):
    if place not in damaged:
        print(code, place)


def read(path):
    with open(os.path.join(BAG, path), "rb") as file:
        return file.read()


def sha256(data):
    return hashlib.sha256(data).digest()


def files():
    for folder, _, names in os.walk(BAG):
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), BAG)


def check_manifest(name, algorithm, present):
    listed = {}
    if name not in present:
        fail(11, name)
        return None
    for line in read(name).decode("utf-8", "replace").split("\n")[:-1]:
        digest, space, path = line[:64], line[64:66], line[66:]
        if space != "  " or not path or any(c not in "0123456789abcdef" for c in digest):
            fail(12, name)
            return None
        listed[path] = digest
    for path, digest in listed.items():
        if path not in present:
            fail(11, path)
            damaged.add(path)
        elif path not in damaged and hashlib.new(algorithm, read(path)).hexdigest() != digest:
            fail(10, path)
            damaged.add(path)
    return listed


def root_of(index, size, leaf, proof):
    """Root by the recursive definition of RFC 6962, not by the walk of RFC 9162."""
    if size == 1:
        return leaf if not proof else None
    if not proof:
        return None
    k = 1
    while k * 2 < size:
        k *= 2
    if index < k:
        below = root_of(index, k, leaf, proof[:-1])
        return below and sha256(b"\x01" + below + proof[-1])
    below = root_of(index - k, size - k, leaf, proof[:-1])
    return below and sha256(b"\x01" + proof[-1] + below)


def is_proved(written, index, leaf_hash, checkpoint):
    pinned, size, root = checkpoint
    head, _, note = written.partition("\n\n")
    lines = head.split("\n")
    if lines[:2] != ["c2sp.org/tlog-proof@v1", f"index {index}"] or note != pinned or index >= size:
        return False
    # of a forged one too: it must only not fit
    return root_of(index, size, leaf_hash, [base64.b64decode(line) for line in lines[2:]]) == root


def check_records(present, pinned, size, root):
    leaves = {}
    for path in sorted(p for p in present if p.startswith("data/records/")):
        index = int(path.split("/")[-1][:-5])
        leaf = read(path)
        leaves[index] = (sha256(b"\x00" + leaf), leaf)
        proof_path = f"data/proofs/{index}.tlog-proof"
        if proof_path not in present:
            fail(11, proof_path)
            continue
        if path in damaged or proof_path in damaged:
            continue
        proof = read(proof_path).decode("utf-8", "replace")
        if not is_proved(proof, index, leaves[index][0], (pinned, size, root)):
            fail(13, path)
    for path in present:
        if path.startswith("data/proofs/") and int(path.split("/")[-1][:-11]) not in leaves:
            fail(11, "data/records/" + path.split("/")[-1][:-11] + ".json")
    return leaves


def check_entity(path, leaves):
    entity = json.loads(read(path))
    index = entity["index"]
    chain = {}
    for number in entity["records"]:
        if number in leaves:
            leaf = json.loads(leaves[number][1])
            chain[leaf["entitySeq"]] = (number, leaf)
    committed = json.loads(leaves[index["recordIndex"]][1])["fields"]
    name = hashlib.sha256(entity["entity"].encode()).digest()
    bucket = bytes.fromhex("".join(index["rows"]))
    proof = [bytes.fromhex(one) for one in index["proof"]]
    shown = root_of(name[0] * 256 + name[1], 65536, sha256(b"\x00" + bucket), proof)
    row = bucket[72 * index["position"] :][:72]
    if row[:32] != name or shown is None or shown.hex() != committed["root"]:
        fail(15, path)
        return
    for seq in range(1, int.from_bytes(row[32:40], "big") + 1):
        if seq not in chain:
            fail(15, f"{entity['entity']}#{seq}")
            continue
        before = chain.get(seq - 1)
        prev = leaves[before[0]][0].hex() if before else None
        if (before or seq == 1) and chain[seq][1]["prev"] != prev:
            fail(15, f"data/records/{chain[seq][0]}.json")


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def read_as(name):
    """A name as it is read: what is not shown (format characters are nearly all of that) and extra blanks do not count."""
    shown = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return " ".join(shown.split())


def officer_by_digest(request, stated):
    """The scope of a full edition with the officer named as in the record: by a salted digest."""
    scope = request["scope"]
    hidden = isinstance(stated, dict) and isinstance(stated.get("staffNo"), dict)
    if not hidden or not isinstance(scope.get("staffNo"), str):
        return scope
    for one in json.loads(read("data/redactions.json")):
        if one["file"] == "data/request.json" and one["pointer"] == "/scope/staffNo":
            salted = bytes.fromhex(one["salt"]) + canonical(scope["staffNo"]).encode()
            return {**scope, "staffNo": {"~redacted": hashlib.sha256(salted).hexdigest()}}
    return scope


def check_approval(request, pinned, size, root):
    path = "data/custody.json"
    custody = json.loads(read(path))
    entity = "export:" + request["requestNo"]
    if custody["entity"] != entity:
        fail(15, path)
    prev, leaves = None, []
    for at, record in enumerate(custody["records"]):
        index, leaf = record["leafIndex"], json.loads(record["leaf"])
        place = f"{path}#{index}"
        leaf_hash = sha256(b"\x00" + record["leaf"].encode())
        if not is_proved(record["proof"], index, leaf_hash, (pinned, size, root)):
            fail(13, place)
        if leaf["entity"] != entity:
            fail(15, path)
        elif (leaf["entitySeq"], leaf["prev"]) != (at + 1, prev):
            fail(15, place)
        if index >= request["indexSize"]:
            fail(15, place)
        prev = leaf_hash.hex()
        leaves.append((place, leaf))
    if [leaf["action"] for _, leaf in leaves[:2]] != ["export.requested", "export.approved"]:
        fail(15, path)
        return
    (asked_at, asked), (approved_at, approved) = leaves[:2]
    said, granted, other = asked["fields"], approved["fields"], {"full": "redacted", "redacted": "full"}
    for place, stated, named in [
        (asked_at, said["requesters"], request["requesters"]),
        (asked_at, said["purpose"], request["purpose"]),
        (asked_at, said["scope"], officer_by_digest(request, said["scope"])),
        (asked_at, {"notice": said["notice"], "cause": said["cause"]}, request["basis"]),
        (asked_at, asked["time"], request["requestedAt"]),
        (approved_at, granted["approver"], request["approver"]),
        (approved_at, approved["time"], request["approvedAt"]),
        (approved_at, granted["numbers"].get(request["edition"]), request["number"]),
        (approved_at, granted["numbers"].get(other[request["edition"]]), request["otherEdition"]),
    ]:
        if canonical(stated) != canonical(named):
            fail(13, place)
    persons = [read_as(name) for name in [*said["requesters"], granted["approver"]]]
    if len(persons) < 3 or len(set(persons)) < len(persons):
        fail(15, path)


def read_request():
    written = read("data/request.json").decode("utf-8", "replace")
    try:
        request = json.loads(written)
        if canonical(request) + "\n" == written and isinstance(request["treeSize"], int):
            return request
    except (KeyError, TypeError, ValueError):
        pass
    fail(12, "data/request.json")
    return None


def main():
    present = set(files())
    check_manifest("tagmanifest-sha256.txt", "sha256", present)
    listed = None
    if "manifest-sha256.txt" not in damaged:
        listed = check_manifest("manifest-sha256.txt", "sha256", present)
    if "manifest-sm3.txt" not in damaged and "sm3" in hashlib.algorithms_available:
        check_manifest("manifest-sm3.txt", "sm3", present)
    for path in sorted(present):
        known = TAGGED + ["tagmanifest-sha256.txt", "signatures/manifest.ed25519"]
        if listed is not None and path not in listed and path not in known:
            fail(11, path)
    if "data/request.json" in damaged:
        return
    if "data/request.json" not in present:
        fail(11, "data/request.json")
        return
    request = read_request()
    if request is None:
        return
    if request["checkpoint"] in damaged:
        return
    pinned = read(request["checkpoint"]).decode()
    size, root = pinned.split("\n")[1:3]
    size, root = int(size), base64.b64decode(root)
    leaves = check_records(present, pinned, size, root)
    if "data/custody.json" not in present:
        fail(11, "data/custody.json")
    elif "data/custody.json" not in damaged:
        try:
            check_approval(request, pinned, size, root)
        except (AttributeError, KeyError, TypeError, ValueError):
            # not of its form
            fail(3, "data/custody.json")
    for path in sorted(p for p in present if p.startswith("data/entity/") and p not in damaged):
        try:
            check_entity(path, leaves)
        except (KeyError, ValueError):
            # a record that the file speaks of is missing or no longer readable
            fail(15, path)


main()
