"""A second verifier, written from the specifications alone and in another language; standard library only.

Reads one question per line (JSON) and answers one line for each:

  tree         {leaves, index, size1}            -> {root, path, proof}, by the definitions of RFC 6962, section 2.1
  inclusion    {index, size, leaf, proof, root}  -> true or false
  consistency  {size1, size2, root1, root2, proof} -> true or false
  canonical    {text}                            -> true where the text is RFC 8785 canonical JSON
  note         {note, origin, log, witnesses, quorum} -> true where the checkpoint is trusted (C2SP signed-note,
                                                  tlog-checkpoint, tlog-cosignature)
  file         the same and {text, leaf}, without note -> true where the proof file shows the leaf (C2SP tlog-proof)
  entity       {entity, shown, committed}        -> {head} by the committed index of entities (docs/adr/0017), or false

Verification follows the recursive definition of RFC 6962 and not the loop of RFC 9162, so that the two programs share no
train of thought. Bytes are in hexadecimal digits.
"""

import json
import sys

from canonical import check_canonical
from entity import head_of
from notes import check_file, check_note
from refused import Refused
from tree import check_consistency, check_inclusion, path, subproof, tree_hash


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
        if kind == "entity":
            return {"head": head_of(**values)}
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