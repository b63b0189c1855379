#!/bin/sh
# Gives every process a login of its own that may do nothing but take on the process's group role, and the operator one
# for the commands of `mingcha`. Passwords are those in the addresses under /run/secrets. Can be run again: it then sets
# the passwords as they stand there (after a change of one, start that process again).
set -eu

# Log in over the network as the others do, so that a wrong password is seen here.
PGPASSWORD=$(cat /run/secrets/postgres_password)
export PGPASSWORD PGHOST="${PGHOST:-postgres}" PGUSER="${PGUSER:-postgres}" PGDATABASE="${PGDATABASE:-mingcha}"

# login NAME ROLE...
login() {
  name=$1
  shift
  password=$(sed -n "s|^postgres://${name}_login:\([0-9a-f]*\)@.*|\1|p" "/run/secrets/${name}_url")
  if [ -z "$password" ]; then
    echo "logins: /run/secrets/${name}_url is not postgres://${name}_login:<hex digits>@..." >&2
    exit 1
  fi
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set "login=${name}_login" --set "password=$password" <<'SQL'
select format('create role %I login noinherit', :'login')
 where not exists (select from pg_roles where rolname = :'login') \gexec
alter role :"login" with login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
  password :'password';
-- Of no role but those below: rights of an earlier version do not stay.
select format('revoke %I from %I', g.rolname, m.rolname)
  from pg_auth_members a join pg_roles g on g.oid = a.roleid join pg_roles m on m.oid = a.member
 where m.rolname = :'login' \gexec
SQL
  for role in "$@"; do
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --command "grant $role to ${name}_login"
  done
  echo "${name}_login: $*"
}

login monitor mingcha_monitor
login api mingcha_api
login notifier mingcha_notifier
login sequencer mingcha_sequencer
login auditor mingcha_auditor
login operator mingcha_api mingcha_monitor
login keeper mingcha_archivist
login log mingcha_sequencer
login exporter mingcha_evidence
