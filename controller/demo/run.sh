#!/usr/bin/env bash
# The demo: a weekly regional train in miniature, on this machine, with real processes and real sockets.
#
#   controller/demo/run.sh FOLDER-OF-PROGRAMS [FOLDER-TO-RUN-IN]
#
# `make demo` builds the programs and calls this. With ATTENDED=1 the person at the terminal gives the approvals.
# The folder to run in (demo-run) is wiped at the start and kept at the end, for those who want to look.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=/dev/null # each is checked by itself
for part in say fleet bundles releases checks; do source "$here/lib/$part.sh"; done

bin=$(cd "${1:?the folder with wavetrain, wavetrain-controller and wavetrain-agent}" && pwd -P)
run=$(mkdir -p "${2:-demo-run}" && cd "${2:-demo-run}" && pwd -P)
release=''

prepare() {
    begin_step 'preparing a controller and two hosts in each of seven regions'
    if [[ -n ${ATTENDED:-} ]] && ! : 2>/dev/null </dev/tty; then fail 'ATTENDED=1 needs a terminal'; fi
    if [[ -s $run/demo.pid ]] && grep -qs run.sh "/proc/$(<"$run/demo.pid")/cmdline"; then
        echo "another demo runs in $run; wait for it, or name another folder" >&2
        exit 1
    fi
    trap leave EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'fail "a command failed: $BASH_COMMAND"' ERR
    stop_everything # what a killed demo left behind
    rm -rf "${run:?}"/*
    echo $$ >"$run/demo.pid"
    mkdir "$run/pids" "$run/hosts" "$run/bundles"
    choose_ports
    configure_controller
    start_controller
    say "controller at $WAVETRAIN_URL, agents dial in at 127.0.0.1:$port_base; everything is kept in $run"
}

# Whatever the end was, Ctrl-C included.
leave() {
    local waiting
    waiting=$(jobs -p)
    [[ -z $waiting ]] || kill "$waiting" 2>/dev/null || true # it has ended meanwhile
    stop_everything
}

enrol_agents() {
    begin_step 'enrolling 14 agents, each with a join token of its own'
    local host
    for host in "${hosts[@]}"; do
        configure_host "$host"
        enrol "$host" || fail "$host cannot enrol"
        start_agent "$host"
    done
    wait_for 20 'all agents to connect' are_agents_connected
    as ana agent list
}

deploy_version_1() {
    begin_step 'deploying version 1.0 everywhere, as a baseline'
    build_version 1.0
    push_version 1.0
    start_release baseline 1.0 'the first installation'
    expect "$completed"
    every_host_runs 1.0
}

release_version_2() {
    begin_step 'releasing version 2.0: part 1 region by region with approvals, then part 2'
    build_version 2.0
    push_version 2.0
    start_release train 2.0 'partner answers faster'
    expect "$completed"
    every_host_runs 2.0
}

release_version_3() {
    begin_step 'releasing version 3.0, whose queue fills up in northeurope while it bakes'
    build_version 3.0 '-DFAILS_IN="northeurope"'
    push_version 3.0
    start_release train 3.0 'partner gets a new queue'
    expect "$ended_otherwise"
    [[ $(state_of_release) == rolled_back ]] || fail "$release ended as $(state_of_release), not rolled_back"
    printf '\n'
    as ana release show "$release"
    printf '\n'
    every_host_runs 2.0
    # Three regions of part 1 with two hosts and two services each had switched.
    expect_installs 12 3.0 canary westus3 northeurope
    expect_installs 0 3.0 southeastasia "${part_2[@]}"
    say "version 3.0 reached three regions of part 1 and nothing else; part 2 never got an order"
}

# Waits until the host's start hooks have started both services of version 4.0, one of which still warms up; then kills
# its agent and the controller, and starts both again.
kill_in_mid_apply() {
    local host=$1 service
    for service in "${services[@]}"; do
        until [[ $(program_of "$host" "$service") == */4.0-* ]]; do sleep 0.02; done
    done
    kill -KILL "$(<"$run/pids/${host#*/}")" "$(<"$run/pids/controller")"
    say "$(date +%T)  SIGKILL to the controller in the middle of a wave, and to the agent of $host in a start hook"
    start_controller
    start_agent "$host"
    say "$(date +%T)  both started again; nobody told them where they were"
}

release_version_4() {
    local victim=westus3/westus3-a killing
    begin_step 'releasing version 4.0, and killing the controller and an agent on the way'
    # It takes its time to start, so that there is a middle to be killed in.
    build_version 4.0 '-DWARM_UP_MS=1500'
    push_version 4.0
    # What went back stays as it is until a person says otherwise.
    as ana release unpin "$release" --reason 'version 4.0 has no queue'
    start_release train 4.0 'partner warms up before it answers'
    # Told afterwards, so that the live view stays whole.
    kill_in_mid_apply "$victim" >"$run/killing.txt" &
    killing=$!
    expect "$completed"
    wait "$killing" || fail 'nothing was killed, or not started again'
    printf '\n'
    cat "$run/killing.txt"
    every_host_runs 4.0
    expect_installs $((${#hosts[@]} * ${#services[@]})) 4.0
    every_effect_once
}

show_the_end() {
    begin_step 'what runs where, and the audit chain'
    table_of_what_runs
    as ana audit export "$run/audit.jsonl"
    stop_everything
    say 'everything is stopped; the exported log is verified without a controller:'
    # The key that an agent pinned when it enrolled: the log cannot vouch for itself.
    "$bin/wavetrain" audit verify "$run/audit.jsonl" \
        --controller-key "$(host_folder canary/canary-a)/identity/order-keys.pem"
}

prepare
enrol_agents
deploy_version_1
release_version_2
release_version_3
release_version_4
show_the_end
printf '\n%sThe demo is complete%s after %d s.\n' "$bold" "$plain" "$SECONDS"
