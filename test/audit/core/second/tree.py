"""RFC 6962, section 2.1, as it is written there; verification too follows the recursion."""

import hashlib

from refused import need

MAX_SIZE = 2**53 - 1


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


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
