#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# 500 alerts into a Prometheus Alertmanager, out by webhook, every one accounted for.
#
#     examples/alerter/run.sh [OPTION OF brunt bench]...
#
# Wants Alertmanager (Debian: prometheus-alertmanager) and build/brunt (make). ALERTMANAGER and BRUNT
# name others; PORT and SINK_PORT are where they listen, KILL_AT=2 kills Alertmanager after two seconds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-9093} sink_port=${SINK_PORT:-8080}

work=$(mktemp -d)
sed "s/127\.0\.0\.1:8080/127.0.0.1:$sink_port/" "$here/alertmanager.yml" >"$work/alertmanager.yml"
"${ALERTMANAGER:-prometheus-alertmanager}" --config.file="$work/alertmanager.yml" --storage.path="$work/data" \
    --web.listen-address="127.0.0.1:$port" --cluster.listen-address= >"$work/log" 2>&1 &
alertmanager=$!
trap 'kill "$alertmanager" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
[ -z "${KILL_AT-}" ] || { sleep "$KILL_AT"; kill -9 "$alertmanager"; } &

"${BRUNT:-$here/../../build/brunt}" bench "http://127.0.0.1:$port/api/v2/alerts" --wait-ready=20s \
    -r 10/s -d 5s --batch 10 --join array -H 'content-type: application/json' \
    -b '{"labels":{"alertname":"PaymentFailed","host":"{{pick web1 web2}}","event":"{{event}}"}}' \
    --sink "alerts=webhook:127.0.0.1:$sink_port/hook" --deliver alerts=all,within=4s \
    --expect 'p99(event_lag)<3s' "$@"
