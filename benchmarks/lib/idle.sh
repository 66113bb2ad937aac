# shellcheck shell=bash disable=SC2154 # what run.sh and the demo's parts assign
# What an agent takes that has nothing to do but to watch: memory, processor time, wake-ups, and bytes on the wire.

idle_s=60
link_s=30

# Four services are asked over HTTP, three over TCP, three by a command, each every 10 s.
write_watch_plan() { # write_watch_plan NAME CHECK SERVICE…
    cat <<YAML
wavetrain: 1
plan: $1
services: [$(IFS=,; echo "${*:3}")]
hosts: { batch: 100%, max_unavailable: 100% }
smoke:
  - $2
bake: { for: 10m, every: 10s, minimum: 2 samples }
stages: { production: { regions: [one] } }
YAML
}

deploy_ten_services() {
    local kind
    build_version 1.0
    push_version 1.0 >/dev/null
    write_watch_plan web 'http: /health' "${services[@]:0:4}" >"$run/web.yaml"
    # shellcheck disable=SC2016 # the plan's variable, not the shell's
    write_watch_plan sockets 'tcp: 127.0.0.1:${port}' "${services[@]:4:3}" >"$run/sockets.yaml"
    write_watch_plan commands 'command: [/bin/true]' "${services[@]:7:3}" >"$run/commands.yaml"
    for kind in web sockets commands; do
        as ana release start "$run/$kind.yaml" --version 1.0 --description 'watched' >>"$run/watch.log" 2>&1 ||
            fail "cannot start $kind: $(tail -n 1 "$run/watch.log")"
        wait_for 30 "the $kind services to be deployed" is_deployed "$kind-1"
    done
}

is_deployed() { as ana release show "$1" | grep -q baking; }

# Ticks of processor time that the process itself used, its children not counted.
ticks_of() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
switches_of() { cat /proc/"$1"/task/*/status | awk '/^voluntary_ctxt/ { sum += $2 } END { print sum }'; }
kib_of() { awk -v key="$2:" '$1 == key { print $2 }' "/proc/$1/smaps_rollup"; }

# wire_of PID: each connection to the controller, by its own port, with the bytes sent and received over it, TLS included,
# as the kernel counts them.
wire_of() {
    ss -tinpHO state established "dport = :$port_base" | awk -v pid="pid=$1," '
        index($0, pid) {
            sent = received = 0
            for (place = 1; place <= NF; place++) {
                split($place, pair, ":")
                if (pair[1] == "bytes_sent") sent = pair[2]
                if (pair[1] == "bytes_received") received = pair[2]
            }
            count = split($3, address, ":")
            print address[count], sent, received
        }' | sort
}

# print_wire WHAT SECONDS BEFORE AFTER: of the connections that were there all the time.
print_wire() {
    join <(echo "$3") <(echo "$4") | awk -v what="$1" -v over="$2" '
        { sent += $4 - $2; received += $5 - $3 }
        END {
            printf "   %-36s %5.0f bytes a minute sent, %.0f received, TLS included\n", what, sent * 60 / over, received * 60 / over
        }'
}

# The link alone, before there is anything to watch.
measure_link() {
    local pid before after
    pid=$(<"$run/pids/h001")
    before=$(wire_of "$pid")
    sleep "$link_s"
    after=$(wire_of "$pid")
    print_wire 'an agent with nothing to watch' "$link_s" "$before" "$after"
}

measure_idle_agent() {
    local pid ticks switches before after
    pid=$(<"$run/pids/h001")
    ticks=$(ticks_of "$pid")
    switches=$(switches_of "$pid")
    before=$(wire_of "$pid")
    sleep "$idle_s"
    after=$(wire_of "$pid")
    switches=$(($(switches_of "$pid") - switches))
    ticks=$(($(ticks_of "$pid") - ticks))
    awk -v rss="$(kib_of "$pid" Rss)" -v pss="$(kib_of "$pid" Pss)" -v anonymous="$(kib_of "$pid" Anonymous)" \
        -v ticks="$ticks" -v hertz="$(getconf CLK_TCK)" -v switches="$switches" -v over="$idle_s" '
        function verdict(reached) { return reached ? "reached" : "NOT reached" }
        BEGIN {
            share = 100 * ticks / hertz / over
            printf "   %-36s %5.1f MiB resident  asked: under 20 MiB  %s\n", "an idle agent, ten services watched", \
                rss / 1024, verdict(rss < 20480)
            printf "   %36s of it %.1f MiB its own, the rest pages of files; %.1f MiB where others share them\n", "", \
                anonymous / 1024, pss / 1024
            printf "   %-36s %5.2f %% of a core over %d s  asked: at most 0.1 %%  %s\n", "the same", share, over, \
                verdict(share <= 0.1)
            printf "   %36s woken %.1f times a second\n", "", switches / over
        }'
    print_wire 'the same' "$idle_s" "$before" "$after"
}
