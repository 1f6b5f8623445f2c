#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# 1,200 orders through an nginx, every one accounted for behind it.
#
#     examples/proxy/run.sh plain|mirrored|retried [OPTION OF brunt bench]...
#
# Wants nginx and build/brunt (make). NGINX_PROGRAM and BRUNT name others, PORT and SINK_PORT are where
# they listen. AT='1.5 HUP' reloads nginx after 1.5 seconds; AT='1.5 TERM' restarts it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-8000} sink_port=${SINK_PORT:-8080} way=${1:-plain}
[ $# -eq 0 ] || shift

work=$(mktemp -d)
{
    [ "$(id -u)" != 0 ] || echo 'user root;'
    sed "s/127\.0\.0\.1:8080/127.0.0.1:$sink_port/; s/127\.0\.0\.1:8000/127.0.0.1:$port/" "$here/nginx.conf"
} >"$work/nginx.conf"
serve() {
    exec "${NGINX_PROGRAM:-/usr/sbin/nginx}" -p "$work" -e "$work/error.log" -c "$work/nginx.conf"
}
# Until it is told to stop: an nginx, and when one ends by itself the next.
(
    trap 'kill "$nginx"; wait "$nginx"; exit' TERM
    while :; do
        serve &
        nginx=$!
        wait "$nginx" || true
        sleep 0.3
    done
) &
keeper=$!
trap 'kill "$keeper" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
[ -z "${AT-}" ] || { sleep "${AT%% *}"; kill -"${AT##* }" "$(cat "$work/nginx.pid")"; } &

"${BRUNT:-$here/../../build/brunt}" bench "http://127.0.0.1:$port/$way" --wait-ready=20s -r 400/s -d 3s \
    -b '{"order":"{{event}}"}' --sink "orders=webhook:127.0.0.1:$sink_port" --deliver orders=exactly-once \
    --stall 3s --max-lateness 100ms "$@"
