#!/usr/bin/env bash
# Talks to a gateway with curl: is it there, which models has it, an answer, a stream, an error.
#
#   curl.sh http://127.0.0.1:8317
#   curl.sh unix:modelplex.socket
#
# PLEX_MODEL names the model. Over a Unix socket no key is needed; over TCP send "Authorization: Bearer KEY" if the gateway
# has access keys.
set -euo pipefail

address=${1:-http://127.0.0.1:8317}
model=${PLEX_MODEL:-gpt-4o-mini}

if [[ $address == unix:* ]]; then
    # The host in the URL is only a name here: the socket says where to connect.
    gateway=(--unix-socket "${address#unix:}")
    url=http://modelplex
else
    gateway=()
    url=$address
fi

# ask PATH [OPTIONS…]
ask() {
    local path=$1
    shift
    printf '\n# %s\n' "$path"
    curl --silent --show-error --fail-with-body "${gateway[@]}" "$@" "$url$path"
    echo
}

ask /health
ask /v1/models
ask /v1/chat/completions --json '{
    "model": "'"$model"'",
    "messages": [{"role": "user", "content": "What is the capital of France?"}],
    "temperature": 0
}'

# --no-buffer shows each event when it comes.
ask /v1/chat/completions --no-buffer --json '{
    "model": "'"$model"'",
    "messages": [{"role": "user", "content": "Count to five."}],
    "temperature": 0,
    "stream": true
}'

# An error has its real status, and a body in OpenAI's shape.
ask /v1/chat/completions --json '{"model": "no-such-model", "messages": [{"role": "user", "content": "Hi"}]}' \
    --dump-header - || echo "curl's exit code: $?"
