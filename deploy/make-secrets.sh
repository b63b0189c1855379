#!/bin/sh
# Makes the secrets that compose.yaml names, each in a file of its own in the folder ./secrets (or the one given), from
# the system's random numbers. A file that exists stays as it is, so this can be run again after an upgrade.
#
# The folder is closed to everybody but its owner. The files in it can be read by whoever gets into it, since Compose
# shows them to a container with their own mode, and the processes there run as a user that this machine need not know.
set -eu
umask 077
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder"

random() {
  od -An -tx1 -N32 /dev/urandom | tr -d ' \n'
}

# make NAME CONTENT
make() {
  if [ -e "$folder/$1" ]; then
    echo "kept   $1"
    return
  fi
  printf '%s\n' "$2" >"$folder/$1.new"
  chmod 444 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
  echo "made   $1"
}

make master_key "$(random)"
make signer_token "$(random)"
make postgres_password "$(random)"
make migrator_url "postgres://postgres:$(cat "$folder/postgres_password")@postgres:5432/mingcha"
for process in monitor api notifier sequencer auditor operator keeper log exporter; do
  make "${process}_url" "postgres://${process}_login:$(random)@postgres:5432/mingcha"
done
echo "Keep master_key apart from the database and its backups: without it, encrypted events are gone."
