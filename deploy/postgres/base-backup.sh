#!/bin/sh
# A base backup in /backups/<time>, checked against its own manifest. Restoring takes it, the archive of the write-ahead
# log from its start on, and the secrets: docs/operating.md, "Backup". Run it inside the server's container:
#   docker compose exec --user postgres postgres base-backup.sh
set -eu
target=/backups/$(date -u +%Y%m%dT%H%M%SZ)
pg_basebackup --pgdata="$target.part" --checkpoint=fast --wal-method=stream --manifest-checksums=sha256
pg_verifybackup "$target.part"
mv "$target.part" "$target"
echo "$target"
