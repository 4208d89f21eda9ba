#!/usr/bin/env bash
# Proves that a program without any network can use models through a Unix socket.
#
#   isolation.sh PLEXCTL PYTHON ENGINE-URL engine/MODEL
#
# A gateway serves a local engine at two sockets: one for the host, one for guests. Then this script runs itself in a network
# namespace of its own, where not even the loopback device is up, and in which of the gateway only the guest socket can be
# seen. There it lists models, chats and streams, with curl and with the official openai client.
# It needs root, or the right to make user namespaces; without either it says so and ends with status 77.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

fail() {
    echo "isolation: $*" >&2
    exit 1
}

# refused HOST PORT: whether no TCP connection can be made.
refused() {
    ! (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

# The host's side: PLEXCTL PYTHON ENGINE-URL MODEL.
host() {
    plexctl=$1
    python=$2
    engine=$3
    model=$4
    if [ "$(id -u)" -eq 0 ] && unshare --net --mount true 2>/dev/null; then
        isolate=(unshare --net --mount)
    elif unshare --map-root-user --net --mount true 2>/dev/null; then
        isolate=(unshare --map-root-user --net --mount)
    else
        echo "isolation: skipped, as this machine lets nobody here make network namespaces (try as root)" >&2
        exit 77
    fi

    work=$(mktemp -d)
    mkdir "$work/host" "$work/guest"
    gateway=
    finish() {
        if [ -n "$gateway" ]; then
            kill "$gateway" 2>/dev/null || true
            wait "$gateway" 2>/dev/null || true
        fi
        rm -rf "$work"
    }
    trap finish EXIT

    cat >"$work/host/config.toml" <<EOF
[server]
listen = ["unix:$work/host/host.socket", "unix:$work/guest/modelplex.socket?role=guest"]

[[providers]]
name = "engine"
type = "llamacpp"
base_url = "$engine/v1"
models = ["${model#*/}"]
EOF
    "$plexctl" serve --config "$work/host/config.toml" 2>"$work/host/log" &
    gateway=$!
    for _ in $(seq 100); do
        curl --silent --fail --unix-socket "$work/host/host.socket" http://modelplex/health >/dev/null && break
        kill -0 "$gateway" 2>/dev/null || { cat "$work/host/log" >&2; fail "the gateway did not start"; }
        sleep 0.1
    done

    port=${engine##*:}
    refused 127.0.0.1 "$port" && fail "the engine cannot be reached from the host either"
    echo "host: the engine answers at 127.0.0.1:$port"
    curl --silent --show-error --fail --output /dev/null --unix-socket "$work/host/host.socket" \
        http://modelplex/metrics || fail "the host has no /metrics"
    "${isolate[@]}" "$0" --guest "$python" "$port" "$model" "$work" || fail "the guest failed"
    echo "isolation: proven"
}

# The guest's side, in a network namespace of its own: PYTHON PORT MODEL FOLDER.
guest() {
    python=$1
    port=$2
    model=$3
    work=$4
    socket=$work/guest/modelplex.socket

    # Of the gateway's files only the guest socket is left.
    mount -t tmpfs none "$work/host"
    [ ! -e "$work/host/host.socket" ] || fail "the guest sees the host's socket"

    ip link
    [ "$(ip -brief link | wc -l)" -eq 1 ] || fail "the guest has network devices beside the loopback"
    [ "$(ip -brief link show lo | awk '{print $2}')" = DOWN ] || fail "the guest's loopback device is up"
    refused 127.0.0.1 "$port" || fail "the guest reaches the engine's port"
    echo "guest: no network device is up, and no connection to 127.0.0.1:$port can be made"

    export PLEX_MODEL=$model
    "$here/curl.sh" "unix:$socket"
    "$python" "$here/client.py" "unix:$socket"

    for path in /metrics /_internal/status /_internal/config; do
        status=$(curl --silent --output /dev/null --write-out '%{http_code}' --unix-socket "$socket" "http://modelplex$path")
        [ "$status" = 404 ] || fail "$path answers a guest with $status"
    done
    echo "guest: /metrics, /_internal/status and /_internal/config are 404"
}

if [ "${1:-}" = --guest ]; then
    shift
    guest "$@"
else
    host "$@"
fi
