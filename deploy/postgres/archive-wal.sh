#!/bin/sh
# archive_command: archive-wal.sh %p %f. Answers 0 only once the segment is whole and on the disk of the archive. The
# same segment may be sent twice after a crash; another one of the same name is refused and never overwritten.
set -eu
archive=${ARCHIVE:-/archive}
target=$archive/$2
if [ -e "$target" ]; then
  cmp -s "$1" "$target"
  exit
fi
cp "$1" "$target.part"
sync "$target.part"
mv "$target.part" "$target"
sync "$archive"
