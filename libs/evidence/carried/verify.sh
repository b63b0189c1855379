#!/bin/sh
# Mingcha: second verifier of evidence bundles, for an unpacked bundle. Needs sha256sum, openssl, xxd and POSIX tools, no network.
# It shares no code with verify.mjs. Checks: every file against both manifests, the exporter's signature, the checkpoint
# with its witnesses, the leaf hash of every record and its way to the checkpoint, that the bundle was asked for by two and
# approved by another one. Not here: chains, what the bundle must hold, consistency between checkpoints, payloads in leaves,
# evaluation (verify.mjs has them all). Exit codes as in VERIFY.md.
# Licensed under the Apache License, Version 2.0.

set -u
LC_ALL=C
export LC_ALL
unset CDPATH
umask 077

usage() {
  echo 'sh verify.sh [FOLDER] [--keys FILE] [--lang zh|en] [--sample N]'
  echo '  FOLDER      解压后的证据包(默认为本文件所在的证据包) / the unpacked bundle (default: that which this file lies in)'
  echo '  --keys FILE 从其他途径取得的公钥文件 / key file that reached you another way'
  echo '  --sample N  每隔若干条抽查,共约 N 条证明(默认全部) / about N proofs, evenly spread (default: all)'
}

here=$(cd "$(dirname "$0")" && pwd)
folder=$(dirname "$(dirname "$here")")
keys=''
lang=zh
sample=0
given=''
while [ $# -gt 0 ]; do
  case $1 in
    --keys | --lang | --sample)
      [ $# -ge 2 ] || { usage >&2; exit 2; }
      case $1 in --keys) keys=$2 ;; --lang) lang=$2 ;; --sample) sample=$2 ;; esac
      shift 2
      ;;
    --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *)
      [ -z "$given" ] || { usage >&2; exit 2; }
      given=$1
      folder=$1
      shift
      ;;
  esac
done
case $lang in zh | en) ;; *) usage >&2; exit 2 ;; esac
case $sample in '' | *[!0-9]*) usage >&2; exit 2 ;; esac

for tool in sha256sum openssl xxd awk sort find split xargs cat wc cmp sed; do
  command -v "$tool" >/dev/null 2>&1 || { echo "verify.sh: $tool?" >&2; exit 2; }
done
if [ -n "$keys" ]; then
  [ -r "$keys" ] || { echo "verify.sh: $keys?" >&2; exit 3; }
  keys=$(cd "$(dirname "$keys")" && pwd)/$(basename "$keys")
fi
cd "$folder" 2>/dev/null || { echo "verify.sh: $folder?" >&2; exit 3; }
work=$(mktemp -d "${TMPDIR:-/tmp}/verify.XXXXXX") || exit 3
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
: >"$work/failures"
: >"$work/notes"

# fail CODE CHINESE ENGLISH: one line, whatever stands in names that come from the bundle
fail() {
  if [ "$lang" = zh ]; then said=$2; else said=$3; fi
  { printf '[%s] %s' "$1" "$said" | tr '\001-\037\177' '?'; printf '\n'; } >>"$work/failures"
}

opened=''
# finish: the verdict; every way that looked into a bundle without keys from outside ends with 14 at least
finish() {
  if [ -n "$opened" ] && [ -z "$keys" ]; then
    fail 14 '没有提供公钥文件(--keys):只用包内自带的公钥作了核对,不能证明证据包的来源。' \
      'No key file was given (--keys): only the keys inside the bundle were used, and they do not show where it comes from.'
  fi
  count=$(wc -l <"$work/failures" | tr -d ' ')
  cat "$work/failures"
  [ -s "$work/notes" ] && cat "$work/notes"
  if [ "$count" -eq 0 ]; then
    if [ "$lang" = zh ]; then echo "核验通过:清单、签名、检查点以及 ${proved:-0} 条记录的证明均相符。"
    else echo "Verified: manifests, signature, checkpoint and the proofs of ${proved:-0} records fit."; fi
    exit 0
  fi
  code=$(sed -n '1s/^\[\([0-9]*\)\].*/\1/p' "$work/failures")
  if [ "$lang" = zh ]; then echo "核验未通过:发现 $count 处问题,退出码 $code。"
  else echo "Not verified: $count problems were found, exit code $code."; fi
  exit "$code"
}

if [ ! -f bagit.txt ] && [ ! -f data/request.json ]; then
  fail 3 '这里没有解压的证据包:找不到 bagit.txt 和 data/request.json。' \
    'There is no unpacked bundle here: neither bagit.txt nor data/request.json.'
  finish
fi
opened=yes

# ---- keys ----------------------------------------------------------------------------------------------------------

policy=$keys
[ -n "$policy" ] || policy=data/verify/policy.txt
: >"$work/keys"
origin=''
quorum=''
if [ -r "$policy" ]; then
  # as an editor on Windows leaves it: byte order mark, carriage returns
  sed -e "1s/^$(printf '\357\273\277')//" -e "s/$(printf '\r')*\$//" "$policy" >"$work/policy"
  while read -r word value || [ -n "$word" ]; do
    case $word in
      origin) origin=$value ;;
      quorum) quorum=$value ;;
      log | witness | export)
        name=${value%%+*}
        rest=${value#*+}
        id=${rest%%+*}
        hex=$(printf '%s' "${rest#*+}" | openssl base64 -d -A 2>/dev/null | xxd -p | tr -d '\n')
        type=${hex%"${hex#??}"}
        stated=$({ printf '%s\n' "$name"; printf '%s' "$hex" | xxd -r -p; } | sha256sum | cut -c1-8)
        want=01
        [ "$word" = witness ] && want=04
        if [ ${#hex} -ne 66 ] || [ "$type" != "$want" ] || [ "$stated" != "$id" ]; then
          [ -n "$keys" ] && { echo "verify.sh: $keys: $value?" >&2; exit 3; }
          continue
        fi
        echo "$word $name $id ${hex#??}" >>"$work/keys"
        [ "$word" = log ] && [ -z "$origin" ] && origin=$name
        ;;
    esac
  done <"$work/policy"
fi
grep -c '^witness ' "$work/keys" >"$work/count" || true
[ -n "$quorum" ] || quorum=$(cat "$work/count")
case $quorum in
  *[!0-9]* | ??????????*)
    if [ -n "$keys" ]; then
      printf 'verify.sh: %s: quorum %s?\n' "$keys" "$quorum" | tr '\001-\011\013-\037\177' '?' >&2
      exit 3
    fi
    # of the bundle's own keys: no number of witnesses is enough
    quorum=999999999
    ;;
esac

# valid KEYHEX MESSAGE_FILE SIGNATURE_FILE
valid() {
  printf '302a300506032b6570032100%s' "$1" | xxd -r -p >"$work/key.der"
  openssl pkeyutl -verify -pubin -inkey "$work/key.der" -keyform DER -rawin -in "$2" -sigfile "$3" >/dev/null 2>&1
}

# split_note FILE: text to $work/text, signature lines to $work/lines; fails where it is no note
split_note() {
  awk -v text="$work/text" -v lines="$work/lines" '
    { line[NR] = $0; if ($0 == "") blank = NR }
    END {
      if (blank < 2 || blank == NR) exit 1
      printf "" > text; printf "" > lines
      for (i = 1; i < blank; i++) print line[i] > text
      for (i = blank + 1; i <= NR; i++) print line[i] > lines
    }' "$1" &&
    { cat "$work/text"; echo; cat "$work/lines"; } | cmp -s - "$1"
}

# signed_by KIND: lines of known keys of that kind that verify, as key hex; exit 1 where a known key's line does not
signed_by() {
  while read -r dash name data extra; do
    [ "$dash" = '—' ] && [ -z "$extra" ] || return 1
    hex=$(printf '%s' "$data" | openssl base64 -d -A 2>/dev/null | xxd -p | tr -d '\n')
    # one way of writing it: bits that no reader would look at are not passed over
    again=$(printf '%s' "$hex" | xxd -r -p | openssl base64 -A)
    [ "$again" = "$data" ] || return 1
    id=${hex%"${hex#????????}"}
    body=${hex#????????}
    while read -r kind known knownid key; do
      [ "$kind" = "$1" ] && [ "$known" = "$name" ] && [ "$knownid" = "$id" ] || continue
      if [ "$kind" = witness ]; then
        time=${body%"${body#????????????????}"}
        printf '%s' "${body#????????????????}" | xxd -r -p >"$work/sig"
        { printf 'cosignature/v1\ntime %d\n' "0x$time"; cat "$work/text"; } >"$work/message"
        valid "$key" "$work/message" "$work/sig" || return 1
      else
        printf '%s' "$body" | xxd -r -p >"$work/sig"
        valid "$key" "$work/text" "$work/sig" || return 1
      fi
      echo "$key"
    done <"$work/keys"
  done <"$work/lines"
}

# ---- signature over the tag manifest -------------------------------------------------------------------------------

signature=signatures/manifest.ed25519
tags=tagmanifest-sha256.txt
tags_signed=unknown
number=''
edition=''
if [ ! -f "$signature" ]; then
  fail 11 "缺少文件 $signature。" "File $signature is missing."
elif ! split_note "$signature" || [ "$(wc -l <"$work/lines" | tr -d ' ')" != 1 ] ||
  [ "$(sed -n 1p "$work/text")" != 'mingcha.evidence-bundle/1' ] ||
  ! signed_by export >"$work/signers" || [ ! -s "$work/signers" ]; then
  fail 12 "制作单位的签名 $signature 无效,或者签名的不是您所信任的制作单位。" \
    "The exporter's signature $signature is not valid, or not of an exporter that you trust."
else
  number=$(sed -n 2p "$work/text")
  edition=$(sed -n 3p "$work/text")
  tags_signed=$(sed -n 4p "$work/text")
  sed '1,4d' "$work/text" >"$work/others"
  if [ -f "$tags" ] && [ "$(sha256sum <"$tags" | cut -d' ' -f1)" != "$tags_signed" ]; then
    fail 12 "清单 $tags 不是制作单位签名时的那一份:签名之后被改动。" \
      "The manifest $tags is not the one that the exporter signed: it was changed after signing."
    tags_signed=changed
  fi
  while read -r path digest; do
    if [ ! -f "$path" ]; then fail 11 "缺少文件 $path。" "File $path is missing."
    elif [ "$(sha256sum <"$path" | cut -d' ' -f1)" != "$digest" ]; then
      fail 10 "文件 $path 的内容与清单不符:制作之后被改动。" "File $path does not fit the manifest: it was changed after it was made."
    elif [ "$lang" = zh ]; then
      echo "说明:文件 $path 存在且未被改动,但它所证明的内容没有核验。时间戳(RFC 3161)请用 openssl ts -verify -in $path -data $tags -CAfile 证书文件 核验。"
    else
      echo "Note: file $path is there and unchanged, but what it attests was NOT checked. A timestamp (RFC 3161) is checked with: openssl ts -verify -in $path -data $tags -CAfile CERTIFICATE"
    fi >>"$work/unchecked"
  done <"$work/others"
  [ -f "$work/unchecked" ] && tr '\001-\011\013-\037\177' '?' <"$work/unchecked" >>"$work/notes"
fi

# ---- files and manifests -------------------------------------------------------------------------------------------

find . ! -type d >"$work/all"
sed 's/^\.\///' "$work/all" | awk '!/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/' >"$work/odd"
while read -r path; do
  clean=$(printf '%s' "$path" | tr -c 'A-Za-z0-9._/-' '?')
  fail 11 "文件 $clean 不在清单之中:是后来加进去的。" "File $clean stands in no manifest: it was added later."
done <"$work/odd"
find . -type l >"$work/links"
sed 's/^\.\///' "$work/links" | while read -r path; do
  fail 11 "文件 $path 不在清单之中:是后来加进去的。" "File $path stands in no manifest: it was added later."
done
sed 's/^\.\///' "$work/all" | awk '/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/' | sort >"$work/paths"

# compare MANIFEST DIGESTS: prints `10 path`, `11 path` (missing) or `12 line`
compare() {
  awk -v manifest="$1" '
    FILENAME == ARGV[1] { found[$2] = $1; next }
    {
      path = substr($0, 67)
      # without interval expressions, which older awks do not have
      if (length($0) < 67 || substr($0, 65, 2) != "  " || substr($0, 1, 64) ~ /[^0-9a-f]/ || path ~ /[ \t]/ || path <= last) {
        print 12, FNR; exit
      }
      last = path
      if (!(path in found)) print 11, path
      else if (found[path] != substr($0, 1, 64)) print 10, path
    }' "$2" "$1"
}

# report MANIFEST RESULTS
report() {
  while read -r kind what; do
    case $kind in
      10) fail 10 "文件 $what 的内容与清单不符:制作之后被改动。" "File $what does not fit the manifest: it was changed after it was made." ;;
      11) fail 11 "缺少文件 $what。" "File $what is missing." ;;
      12) fail 12 "清单 $1 第 $what 行不符合格式。" "Line $what of the manifest $1 is not of its form." ;;
    esac
  done <"$2"
}

xargs sha256sum <"$work/paths" >"$work/sha256" 2>/dev/null
: >"$work/bad"
if [ ! -f "$tags" ]; then fail 11 "缺少文件 $tags。" "File $tags is missing."
elif [ "$tags_signed" != changed ]; then
  compare "$tags" "$work/sha256" >"$work/bad"
  report "$tags" "$work/bad"
fi
for manifest in manifest-sha256.txt manifest-sm3.txt; do
  if [ ! -f "$manifest" ]; then
    grep -q " $manifest\$" "$work/bad" || fail 11 "缺少文件 $manifest。" "File $manifest is missing."
    continue
  fi
  # a manifest that was changed itself would accuse the files that it names
  grep -q " $manifest\$" "$work/bad" && continue
  digests=$work/sha256
  if [ "$manifest" = manifest-sm3.txt ]; then
    digests=$work/sm3
    if ! grep '^data/' "$work/paths" | xargs openssl dgst -sm3 -r 2>/dev/null | sed 's/ \*/  /' >"$work/sm3" ||
      [ ! -s "$work/sm3" ]; then
      if [ "$lang" = zh ]; then echo '说明:本机的 openssl 没有 SM3 算法,国密清单未核验。'
      else echo 'Note: openssl on this machine has no SM3: that manifest was not checked.'; fi >>"$work/notes"
      continue
    fi
  fi
  compare "$manifest" "$digests" >"$work/results"
  awk 'FILENAME == ARGV[1] { seen[$2] = 1; next } !($2 in seen)' "$work/bad" "$work/results" >"$work/new"
  report "$manifest" "$work/new"
  cat "$work/new" >>"$work/bad"
  cut -c67- "$manifest" | sort >"$work/listed"
  grep '^data/' "$work/paths" | awk 'FILENAME == ARGV[1] { listed[$0] = 1; next } !($0 in listed)' "$work/listed" - >"$work/extra"
  while read -r path; do
    grep -q "^11 $path\$" "$work/bad" && continue
    echo "11 $path" >>"$work/bad"
    fail 11 "文件 $path 不在清单 $manifest 之中:是后来加进去的。" "File $path does not stand in $manifest: it was added later."
  done <"$work/extra"
done
awk '!/^(data|signatures)\// && !/^(bag-info\.txt|bagit\.txt|manifest-sha256\.txt|manifest-sm3\.txt|tagmanifest-sha256\.txt)$/' "$work/paths" >"$work/extra"
if [ -f "$work/others" ]; then
  grep '^signatures/' "$work/paths" | awk -v own="$signature" '
    FILENAME == ARGV[1] { listed[$1] = 1; next } $0 != own && !($0 in listed)' "$work/others" - >>"$work/extra"
fi
while read -r path; do
  fail 11 "文件 $path 不在清单之中:是后来加进去的。" "File $path stands in no manifest: it was added later."
done <"$work/extra"

# ---- request, checkpoint, witnesses ----------------------------------------------------------------------------------

# member NAME FILE: a text or number of canonical JSON at any depth, first match
member() {
  sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p' "$2" | sed 1q
}

if [ ! -f data/request.json ]; then
  grep -q ' data/request.json$' "$work/bad" || fail 11 '缺少文件 data/request.json。' 'File data/request.json is missing.'
  finish
fi
if [ -n "$number" ] && { [ "$(member number data/request.json)" != "$number" ] || [ "$(member edition data/request.json)" != "$edition" ]; }; then
  grep -q ' data/request.json$' "$work/bad" ||
    fail 12 "签名所写的编号或版本($number,$edition)与 data/request.json 不一致。" \
      "The number or edition that was signed ($number, $edition) is not that of data/request.json."
fi
size=$(member treeSize data/request.json)
# also one with a blank before it, and a second line: the form has neither
if [ "$(wc -l <data/request.json | tr -d ' ')" != 1 ]; then size=''; fi
case $size in
  '' | *[!0-9]* | 0?* | ????????????????*)
    grep -q ' data/request.json$' "$work/bad" ||
      fail 12 'data/request.json 不符合格式:没有写明检查点的记录总数(treeSize)。' \
        'data/request.json is not of its form: it does not state the number of records of the checkpoint (treeSize).'
    finish
    ;;
esac
checkpoint=data/checkpoints/$size.txt
[ -f "$checkpoint" ] || { [ -s "$work/bad" ] || fail 11 "缺少文件 $checkpoint。" "File $checkpoint is missing."; finish; }

for file in data/checkpoints/*.txt; do
  grep -q " $file\$" "$work/bad" && continue
  reason=''
  if ! split_note "$file"; then reason=form
  elif [ "$(sed -n 1p "$work/text")" != "$origin" ]; then reason=origin
  elif ! signed_by log >"$work/signers"; then reason=signature
  elif [ ! -s "$work/signers" ]; then reason=unsigned
  elif ! signed_by witness >"$work/signers"; then reason=signature
  # one key counts once, and the log's own not at all
  elif [ "$(sort -u "$work/signers" | awk 'FILENAME == ARGV[1] { if ($1 == "log") own[$4] = 1; next } !($0 in own)' "$work/keys" - |
    wc -l | tr -d ' ')" -lt "$quorum" ]; then reason=quorum
  fi
  [ -z "$reason" ] || fail 14 "检查点 $file 不可信(原因:$reason):日志的签名无效,或者见证单位的签名不够数。" \
    "Checkpoint $file cannot be trusted (reason: $reason): the log's signature is not valid, or too few witnesses signed."
done
# one that was changed would accuse every record
grep -q " $checkpoint\$" "$work/bad" && finish
root=$(sed -n 3p "$checkpoint" | openssl base64 -d -A 2>/dev/null | xxd -p | tr -d '\n')
[ "$(sed -n 2p "$checkpoint")" = "$size" ] || fail 14 "检查点 $checkpoint 的记录总数不是 $size。" "Checkpoint $checkpoint does not count $size records."

# ---- records: leaf hashes, then all proofs level by level ---------------------------------------------------------------

sed -n 's/^data\/records\/\([0-9]*\)\.json$/\1/p' "$work/paths" | sort -n >"$work/indices"
sed -n 's/^data\/proofs\/\([0-9]*\)\.tlog-proof$/\1/p' "$work/paths" | sort -n >"$work/proofs"
awk 'FILENAME == ARGV[1] { have[$0] = 1; next } !($0 in have)' "$work/indices" "$work/proofs" | while read -r index; do
  grep -q " data/records/$index.json\$" "$work/bad" ||
    fail 11 "缺少记录 data/records/$index.json:它的证明文件还在,记录本身不见了。" "Record data/records/$index.json is missing: its proof is still there."
done
awk 'FILENAME == ARGV[1] { have[$0] = 1; next } !($0 in have)' "$work/proofs" "$work/indices" | while read -r index; do
  grep -q " data/proofs/$index.tlog-proof\$" "$work/bad" ||
    fail 11 "缺少文件 data/proofs/$index.tlog-proof。" "File data/proofs/$index.tlog-proof is missing."
done
awk 'FILENAME == ARGV[1] { have[$0] = 1; next } ($0 in have)' "$work/proofs" "$work/indices" >"$work/both"
awk 'FILENAME == ARGV[1] { bad[$2] = 1; next } !(("data/records/" $0 ".json") in bad) && !(("data/proofs/" $0 ".tlog-proof") in bad)' \
  "$work/bad" "$work/both" >"$work/chosen"
total=$(wc -l <"$work/chosen" | tr -d ' ')
if [ ! -s "$work/indices" ] && [ ! -s "$work/proofs" ]; then
  fail 11 '证据包中没有任何记录(data/records)。' 'There is no record in the bundle (data/records).'
fi
if [ "$sample" -gt 0 ] && [ "$sample" -lt "$total" ]; then
  awk -v total="$total" -v n="$sample" 'int(NR * n / total) > int((NR - 1) * n / total)' "$work/chosen" >"$work/few"
  mv "$work/few" "$work/chosen"
fi

# hash_pieces STREAM LENGTH: hashes of the pieces of that many bytes, in order
hash_pieces() {
  rm -rf "$work/pieces"
  mkdir "$work/pieces"
  split -a 5 -b "$2" "$1" "$work/pieces/x"
  find "$work/pieces" -type f | sort | xargs sha256sum | cut -c1-64
}

# 0x00 stands before the bytes of a leaf: records of one length are joined, cut again and hashed by one call
printf '\000' >"$work/zero"
sed 's/.*/data\/records\/&.json/' "$work/chosen" | xargs wc -c 2>/dev/null | awk '$2 != "total" { print $1, $2 }' | sort -n >"$work/lengths"
: >"$work/leaves"
cut -d' ' -f1 "$work/lengths" | uniq | while read -r length; do
  awk -v length_="$length" -v zero="$work/zero" '$1 == length_ { print zero; print $2 }' "$work/lengths" | xargs cat >"$work/stream"
  awk -v length_="$length" '$1 == length_ { print $2 }' "$work/lengths" >"$work/names"
  hash_pieces "$work/stream" $((length + 1)) | paste -d' ' - "$work/names" >>"$work/leaves"
done

# read_proofs: of the files named on stdin a line each in $work/state: index, place of the node, place of the last node, hash
# (from $work/leaves), then the proof from the sibling up
read_proofs() {
  xargs awk -v size="$size" -v pinned="$checkpoint" -v leaves="$work/leaves" '
  function shifted(text,  i, out) { # base64 of 32 bytes to hex, "" for anything else
    if (length(text) != 44 || substr(text, 44) != "=") return ""
    out = ""
    for (i = 1; i < 43; i += 2) { if (!(substr(text, i, 2) in pair)) return ""; out = out pair[substr(text, i, 2)] }
    i = index(digits, substr(text, 43, 1)) - 1
    if (i < 0 || i % 4 != 0) return ""
    return out substr("0123456789abcdef", i / 4 + 1, 1)
  }
  function close_file() {
    if (name == "") return
    if (note != checkpoint) state = state " !checkpoint"
    print state
  }
  BEGIN {
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    hex = "0123456789abcdef"
    for (i = 0; i < 64; i++) for (j = 0; j < 64; j++) {
      v = i * 64 + j
      pair[substr(digits, i + 1, 1) substr(digits, j + 1, 1)] = substr(hex, int(v / 256) + 1, 1) substr(hex, int(v / 16) % 16 + 1, 1) substr(hex, v % 16 + 1, 1)
    }
    while ((getline line < pinned) > 0) checkpoint = checkpoint line "\n"
    while ((getline line < leaves) > 0) { split(line, part, " "); sub(/.*\//, "", part[2]); sub(/\.json$/, "", part[2]); leaf[part[2]] = part[1] }
  }
  FNR == 1 {
    close_file()
    name = FILENAME; sub(/.*\//, "", name); sub(/\.tlog-proof$/, "", name)
    state = name " " name " " (size - 1) " " leaf[name]; note = ""; head = 1
    if (name + 0 >= size + 0) state = state " !index"
    if ($0 != "c2sp.org/tlog-proof@v1") state = state " !form"
    next
  }
  head && FNR == 2 { if ($0 != "index " name) state = state " !index"; next }
  head && $0 == "" { head = 0; next }
  head { got = shifted($0); state = state " " (got == "" ? "!form" : got); next }
  { note = note $0 "\n" }
  END { close_file() }' >"$work/state"
}

# follow_proofs: from $work/state to the root; a line "index reason" in $work/wrong for each that does not lead there
follow_proofs() {
  : >"$work/wrong"
  awk '/ !/ { reason = $0; sub(/.* !/, "", reason); sub(/ .*/, "", reason); print $1, reason }' "$work/state" >>"$work/wrong"
  grep -v ' !' "$work/state" >"$work/going"
  while [ -s "$work/going" ]; do
    # RFC 9162 section 2.1.3.2: the sibling is on the left where the node is odd or the last, else on the right.
    awk -v root="$root" -v wrong="$work/wrong" -v next_="$work/waiting" -v pairs="$work/pairs" '
      BEGIN { printf "" > next_; printf "" > pairs }
      {
        node = $2; last = $3
        if (NF == 4) {
          if (last != 0) print $1, "length" >> wrong
          else if ($4 != root) print $1, "root" >> wrong
          next
        }
        if (last == 0) { print $1, "length" >> wrong; next }
        if (node % 2 == 1 || node == last) {
          key = $5 $4
          while (node % 2 == 0 && node != 0) { node = int(node / 2); last = int(last / 2) }
        } else key = $4 $5
        if (!(key in id)) { id[key] = ++count; print "01" key > pairs }
        line = $1 " " int(node / 2) " " int(last / 2) " " id[key]
        for (i = 6; i <= NF; i++) line = line " " $i
        print line > next_
      }' "$work/going"
    [ -s "$work/waiting" ] || break
    xxd -r -p "$work/pairs" >"$work/stream"
    hash_pieces "$work/stream" 65 >"$work/hashes"
    awk 'FILENAME == ARGV[1] { hash[NR] = $1; next } { $4 = hash[$4]; print }' "$work/hashes" "$work/waiting" >"$work/going"
  done
}

sed 's/.*/data\/proofs\/&.tlog-proof/' "$work/chosen" | read_proofs
# wrong INDEX REASON
wrong() {
  fail 13 "记录 data/records/$1.json 与已签名的日志不符(原因:$2):这条记录或它的证明被改动。" \
    "Record data/records/$1.json does not fit the signed log (reason: $2): the record or its proof was changed."
}
proved=$(wc -l <"$work/state" | tr -d ' ')
[ "$proved" = "$(wc -l <"$work/chosen" | tr -d ' ')" ] || fail 3 '本机的工具没有读出全部证明,核验不完整。' 'The tools of this machine did not read all proofs: not everything was verified.'
follow_proofs
sort -n "$work/wrong" >"$work/sorted"
while read -r index reason; do wrong "$index" "$reason"; done <"$work/sorted"

# ---- asked for and approved --------------------------------------------------------------------------------------------

custody=data/custody.json
if [ ! -f "$custody" ]; then
  grep -q " $custody\$" "$work/bad" || fail 11 "缺少文件 $custody。" "File $custody is missing."
  finish
fi
grep -q " $custody\$" "$work/bad" && finish
if [ "$(wc -l <"$custody" | tr -d ' ')" != 1 ]; then
  fail 3 "文件 $custody 不符合格式。" "File $custody is not of its form."
  finish
fi

# Canonical JSON (RFC 8785) has one way of writing: values are compared as they are written.
json='
  function behind(text, at,  c, depth) { # first place behind the value at this place
    depth = 0
    for (; at <= length(text); at++) {
      c = substr(text, at, 1)
      if (c == "\"") {
        for (at++; at <= length(text) && (c = substr(text, at, 1)) != "\""; at++) if (c == "\\") at++
        if (depth == 0) return at + 1
      } else if (c == "{" || c == "[") depth++
      else if (c == "}" || c == "]") { if (depth == 0) return at; if (--depth == 0) return at + 1 }
      else if (c == "," && depth == 0) return at
    }
    return at
  }
  function member(text, name,  at, end, key) { # of an object, as written; "" where it has none
    if (substr(text, 1, 1) != "{") return ""
    for (at = 2; at < length(text); at = end + 1) {
      end = behind(text, at)
      key = substr(text, at, end - at)
      at = end + 1
      end = behind(text, at)
      if (key == "\"" name "\"") return substr(text, at, end - at)
    }
    return ""
  }
  function split_list(text, into,  at, end, count) { # members of a list, as written
    count = 0
    if (substr(text, 1, 1) != "[" || text == "[]") return 0
    for (at = 2; at < length(text); at = end + 1) { end = behind(text, at); into[++count] = substr(text, at, end - at) }
    return count
  }
  function said(text,  at, c, out) { # what a text says
    out = ""
    for (at = 2; at < length(text); at++) {
      c = substr(text, at, 1)
      if (c == "\\") {
        c = substr(text, ++at, 1)
        if (c == "u") { c = sprintf("%c", index("0123456789abcdef", substr(text, at + 4, 1)) - 1 + 16 * substr(text, at + 3, 1)); at += 4 }
        else if (c == "n") c = "\n"
        else if (c == "t") c = "\t"
        else if (c == "r") c = "\r"
        else if (c == "b") c = "\b"
        else if (c == "f") c = "\f"
      }
      out = out c
    }
    return out
  }'
rm -rf "$work/custody"
mkdir "$work/custody"
awk -v folder="$work/custody/" "$json"'
  {
    count = split_list(member($0, "records"), records)
    for (i = 1; i <= count; i++) {
      place = member(records[i], "leafIndex")
      if (place !~ /^[0-9]+$/ || length(place) > 15) place = "x"
      print i, place
      printf "%s", said(member(records[i], "leaf")) > (folder i ".leaf")
      printf "%s", said(member(records[i], "proof")) > (folder place ".tlog-proof")
      close(folder i ".leaf"); close(folder place ".tlog-proof")
    }
  }' "$custody" >"$work/deeds"

: >"$work/leaves"
: >"$work/deed-hashes"
while read -r at index; do
  hash=$(cat "$work/zero" "$work/custody/$at.leaf" | sha256sum | cut -c1-64)
  echo "$hash $index.json" >>"$work/leaves"
  echo "$at $hash" >>"$work/deed-hashes"
done <"$work/deeds"
while read -r at index; do echo "$work/custody/$index.tlog-proof"; done <"$work/deeds" | read_proofs
follow_proofs
while read -r index reason; do
  fail 13 "记录 $custody#$index 与已签名的日志不符(原因:$reason):这条记录或它的证明被改动。" \
    "Record $custody#$index does not fit the signed log (reason: $reason): the record or its proof was changed."
done <"$work/wrong"

# A line each of what is wrong: code, place, what.
awk -v folder="$work/custody/" -v custody="$custody" -v deeds="$work/deeds" -v hashes="$work/deed-hashes" "$json"'
  function differ(place, what, stated, named) {
    if (stated == "") stated = "null"
    if (named == "") named = "null"
    if (stated != named) print 13, place, what
  }
  FILENAME == ARGV[1] { request = $0; next }
  {
    entity = "\"export:" said(member(request, "requestNo")) "\""
    size = member(request, "indexSize")
    if (member($0, "entity") != entity) print 15, custody, "entity"
    while ((getline line < hashes) > 0) { split(line, part, " "); hash[part[1]] = part[2] }
    while ((getline line < deeds) > 0) {
      split(line, part, " ")
      at = part[1]; index_ = part[2]; place[at] = custody "#" index_
      leaf = ""
      while ((getline text < (folder at ".leaf")) > 0) leaf = leaf text
      deed[at] = leaf
      if (member(leaf, "entity") != entity) print 15, custody, "entity"
      else if (member(leaf, "entitySeq") != at || member(leaf, "prev") != (at == 1 ? "null" : "\"" hash[at - 1] "\"")) print 15, place[at], "prev"
      if (index_ + 0 >= size + 0) print 15, place[at], "indexSize"
    }
    if (member(deed[1], "action") != "\"export.requested\"") print 15, custody, "export.requested"
    if (member(deed[2], "action") != "\"export.approved\"") print 15, custody, "export.approved"
    if (member(deed[1], "action") != "\"export.requested\"" || member(deed[2], "action") != "\"export.approved\"") next
    asked = member(deed[1], "fields"); approved = member(deed[2], "fields")
    basis = member(request, "basis")
    differ(place[1], "requesters", member(asked, "requesters"), member(request, "requesters"))
    differ(place[1], "purpose", member(asked, "purpose"), member(request, "purpose"))
    differ(place[1], "notice", member(asked, "notice"), member(basis, "notice"))
    differ(place[1], "cause", member(asked, "cause"), member(basis, "cause"))
    differ(place[1], "requestedAt", member(deed[1], "time"), member(request, "requestedAt"))
    scope = member(asked, "scope")
    # an officer whom the record names by a salted digest and the full edition in clear
    if (member(scope, "staffNo") ~ /^\{/ && member(member(request, "scope"), "staffNo") !~ /^\{/) print 0, place[1], "staffNo"
    else differ(place[1], "scope", scope, member(request, "scope"))
    differ(place[2], "approver", member(approved, "approver"), member(request, "approver"))
    differ(place[2], "approvedAt", member(deed[2], "time"), member(request, "approvedAt"))
    edition = said(member(request, "edition"))
    numbers = member(approved, "numbers")
    differ(place[2], "number", member(numbers, edition), member(request, "number"))
    differ(place[2], "otherEdition", member(numbers, edition == "full" ? "redacted" : "full"), member(request, "otherEdition"))
    count = split_list(member(asked, "requesters"), persons)
    persons[++count] = member(approved, "approver")
    for (i = 1; i <= count; i++) for (j = i + 1; j <= count; j++) if (persons[i] == persons[j]) same = 1
    if (count < 3 || same) print 15, custody, "persons"
  }' data/request.json "$custody" >"$work/said"
while read -r code place what; do
  case $code in
    0)
      if [ "$lang" = zh ]; then echo '说明:申请记录以加盐摘要指称人员,本程序不核对该范围;请用 verify.mjs。'
      else echo 'Note: the record of the request names the officer by a salted digest: the scope was not compared; use verify.mjs.'; fi >>"$work/notes"
      ;;
    13) fail 13 "data/request.json 中的 $what 与请求的记录($place)不一致。" "In data/request.json, $what is not what the record of the request ($place) says." ;;
    *) fail 15 "$place 不能证明本证据包由两人申请、由另一人批准($what)。" \
      "$place does not show that two persons asked for this bundle and another one approved it ($what)." ;;
  esac
done <"$work/said"
finish
