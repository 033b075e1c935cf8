#!/usr/bin/env bash
# Each call once, unsigned, at a server on this machine: before the order, at settlement, and what the doctor made of it.
set -euo pipefail
cd "$(dirname "$0")"
base=${1:-http://127.0.0.1:8700}

call() {
  curl -sS -X POST "$base/fsi/$1" -H 'content-type: application/json' --data-binary @-
}

before=$(call 3101 <3101.json)
echo "$before"
call 3102 <3102.json
echo
# The finding that is answered is the one that the reply named.
jr_id=$(sed -n 's/.*"jr_id":"\([^"]*\)".*/\1/p' <<<"$before")
sed "s/\"warn_rslt_id\": \"\"/\"warn_rslt_id\": \"$jr_id\"/" 3103.json | call 3103
echo
