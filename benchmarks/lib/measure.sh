# shellcheck shell=bash disable=SC2154 # what run.sh and the demo's parts assign
# Fleets for measuring, and the figures read off the controller's own log and views.

open_fleet() {
    rm -rf "${run:?}"/{pids,hosts,bundles,tokens,controller,*.log}
    mkdir -p "$run/pids" "$run/hosts" "$run/bundles"
    ports_count=$((2 + ${#hosts[@]} * ${#services[@]}))
    choose_ports
    configure_controller
    start_controller
    local host
    for host in "${hosts[@]}"; do
        configure_host "$host"
        enrol "$host" || fail "$host cannot enrol"
        start_agent "$host"
    done
    wait_for 60 'all agents to connect' are_agents_connected
}

close_fleet() { stop_everything; }

# A bundle whose one hook is coreutils' true; each version differs, so that its bytes travel.
push_noop() {
    local folder=$run/bundles/noop-$1
    mkdir -p "$folder/hooks"
    cp /bin/true "$folder/hooks/true"
    echo "$1" >"$folder/version"
    cat >"$folder/wavetrain.yaml" <<'YAML'
wavetrain: 1
service: noop
hooks:
  start: { run: [hooks/true], timeout: 5s, repeatable: true }
YAML
    as ana artifact push "$folder" --version "$1" >/dev/null || fail "cannot push noop $1"
}

write_wave_plan() {
    cat <<'YAML'
wavetrain: 1
plan: waves
services: [noop]
smoke:
  - command: [hooks/true]
stages:
  production:
    waves:
YAML
    local wave
    for ((wave = 0; wave < 5; wave++)); do
        printf '      wave-%d:\n        regions: [%s]\n' "$((wave + 1))" \
            "$(IFS=,; echo "${regions[*]:$((wave * 20)):20}")"
    done
}

write_order_plan() {
    cat <<'YAML'
wavetrain: 1
plan: order
services: [noop]
hosts: { batch: 100%, max_unavailable: 100% }
stages: { production: { regions: [one] } }
YAML
}

write_bake_plan() {
    cat <<'YAML'
wavetrain: 1
plan: bake
services: [partner]
hosts: { batch: 100%, max_unavailable: 100% }
smoke:
  - http: { path: /health, within: 1s, every: 100ms, for: 10s }
bake: { for: 4s, every: 250ms, unhealthy: '> 10%', minimum: 5 samples }
stages: { production: { regions: [one, two] } }
YAML
}

# Runs one release to its end and prints how long it took beyond its bake, in milliseconds.
measure_release() {
    push_noop "$2"
    go "$1" "$2"
    view_number ended
}

go() { # go PLAN VERSION
    # One command for both, so that none starts while the hosts work. How the release ended is read by whoever asks.
    as ana release start "$1" --version "$2" --description 'measured' --watch >"$run/started.log" 2>&1 || true
    release=$(awk '$1 == "started" && !found++ { print $2 }' "$run/started.log")
    cat "$run/started.log" >>"$run/watch.log"
    [[ -n $release ]] || fail "cannot start $1: $(<"$run/started.log")"
}

deploy_service() { # deploy_service PLAN VERSION [DEFINITION]
    build_version "$2" "${@:3}"
    push_version "$2" >/dev/null
    go "$1" "$2"
}

# A field of `release show --output json`, which has one `"key" : value` on a line; all of it is read, so that the command
# never writes to a pipe that nobody reads.
field() {
    as ana release show "$release" --output json |
        awk -F '[:,]' -v key="\"$1\"" 'index($1, key) && !found++ { gsub(/ /, "", $2); print $2 }'
}

view_number() { echo $(($(field ended) - $(field started))); }

unhealthy_to_returned_ms() { echo $(($(field returned) - $(field firstUnhealthy))); }

# From the log itself: the newest order's time, and the newest receipt's.
order_to_last_receipt_ms() {
    rm -f "$run"/audit.jsonl*
    as ana audit export "$run/audit.jsonl" >/dev/null
    awk -F '[:,]' '
        /"kind":"order_issued"/ { issued = $4 }
        /"kind":"receipt_received"/ { received = $4 }
        END { print received - issued }' "$run/audit.jsonl"
}

# report WHAT FILE-OF-FIGURES ASKED_MS NOTE
report() {
    sort -n "$2" | awk -v what="$1" -v asked="$3" -v note="$4" '
        { figures[NR] = $1 }
        END {
            median = figures[int((NR + 1) / 2)]
            printf "   %-36s median %5d ms  (best %d, worst %d, %d rounds)  asked: at most %d ms  %s\n   %36s %s\n",
                what, median, figures[1], figures[NR], NR, asked, median <= asked ? "reached" : "NOT reached", "", note
        }'
}

write_large_plan() { # write_large_plan REGIONS, a hundred in a wave
    printf '%s\n' 'wavetrain: 1' 'plan: large' 'services: [noop]' 'stages:' '  production:' '    waves:'
    local wave
    for ((wave = 1; wave <= $1 / 100; wave++)); do
        printf '      wave-%d: { regions: [%s] }\n' "$wave" \
            "$(seq -s, -f "r${wave}-%02g" 0 99)"
    done
}

# How long a command takes, in milliseconds; its words are thrown away.
elapsed_ms() {
    local before=${EPOCHREALTIME/./}
    "$@" >/dev/null || fail "this failed: $*"
    echo $(((${EPOCHREALTIME/./} - before) / 1000))
}

# Lines of `kind regions hosts nanoseconds`, the first shape being what the others are compared with. A turn is several
# decisions in one, so it is only compared.
report_decisions() {
    awk -v asked=20 '
        BEGIN {
            words["receipt"] = "a receipt"; words["sample"] = "a health sample"; words["return"] = "a receipt on the way back"
            words["turn"] = "a verdict and the next region"
        }
        !($1 in first) { first[$1] = $4 }
        {
            figure = $4 / 1000
            printf "   %-30s %6d regions of %5d hosts: %6.1f us, %4.1f times that of 100 hosts", words[$1], $2, $3, figure, $4 / first[$1]
            if ($1 == "turn") print ""
            else printf "  asked: at most %d us  %s\n", asked, figure <= asked ? "reached" : "NOT reached"
        }'
}
