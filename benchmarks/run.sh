#!/usr/bin/env bash
# Measures Wavetrain with its own programs, real processes and real sockets on this machine, and prints each figure
# beside what was asked of it. Absolute figures move with the machine and with what else runs on it; compare within one
# run.
#
#   benchmarks/run.sh FOLDER-OF-PROGRAMS [FOLDER-TO-RUN-IN]
#
# shellcheck disable=SC2154 # what the parts assign
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
demo=$here/../controller/demo
# shellcheck source=/dev/null # each is checked by itself
source "$demo/lib/say.sh"
# shellcheck source=/dev/null
source "$demo/lib/fleet.sh"
# shellcheck source=/dev/null
source "$demo/lib/bundles.sh"
# shellcheck source=/dev/null
source "$here/lib/measure.sh"
# shellcheck source=/dev/null
source "$here/lib/idle.sh"

bin=$(cd "${1:?the folder with wavetrain, wavetrain-controller and wavetrain-agent}" && pwd -P)
run=$(mkdir -p "${2:-bench-run}" && cd "${2:-bench-run}" && pwd -P)
rounds=${ROUNDS:-5}
rm -f "$run"/*_ms

trap 'stop_everything' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'fail "a command failed: $BASH_COMMAND"' ERR

begin_step "a release of 100 agents in 5 waves of 20 regions, deployment and checks \`true\`"
regions=() hosts=() services=(noop)
for ((number = 1; number <= 100; number++)); do
    regions+=("r$(printf %03d "$number")")
    hosts+=("r$(printf %03d "$number")/h$(printf %03d "$number")")
done
open_fleet
write_wave_plan >"$run/waves.yaml"
for ((round = 1; round <= rounds; round++)); do measure_release "$run/waves.yaml" "1.$round" >>"$run/release_ms"; done
report 'whole release, beyond the bake' "$run/release_ms" 600 \
    'durable events included; a peer without any network: 1200 ms'
close_fleet

begin_step "one order to 20 agents, hook \`true\`, until the last receipt"
regions=(one) hosts=() services=(noop)
for ((number = 1; number <= 20; number++)); do hosts+=("one/h$(printf %03d "$number")"); done
open_fleet
write_order_plan >"$run/order.yaml"
for ((round = 1; round <= rounds; round++)); do
    measure_release "$run/order.yaml" "1.$round" >/dev/null
    order_to_last_receipt_ms >>"$run/bundle_ms"
done
# Between two versions that every host has: what is left is what the others do, too.
for ((round = 1; round <= rounds; round++)); do
    go "$run/order.yaml" "1.$((1 + round % 2))"
    order_to_last_receipt_ms >>"$run/order_ms"
done
report 'one order, 20 agents' "$run/order_ms" 50 'Salt: 2400 ms; Ansible without SSH: 650 ms'
report 'the same with a new bundle' "$run/bundle_ms" 50 'fetched and unpacked twenty times on the same two cores'
close_fleet

begin_step 'one with a new bundle to a single agent, as every host has its own cores'
hosts=(one/h001)
open_fleet
for ((round = 1; round <= rounds; round++)); do
    measure_release "$run/order.yaml" "1.$round" >/dev/null
    order_to_last_receipt_ms >>"$run/single_ms"
done
report 'a new bundle, 1 agent' "$run/single_ms" 50 'fetched, unpacked, switched, hook run, answered'
close_fleet

begin_step "an agent that only watches: ten services, each every 10 s, for $idle_s s"
services=(s0 s1 s2 s3 s4 s5 s6 s7 s8 s9)
open_fleet
measure_link
deploy_ten_services
sleep 40 # until what the deployments took is given back
measure_idle_agent
close_fleet

begin_step 'from the first unhealthy report to the last host on the old version'
regions=(one two) hosts=(one/h1 one/h2 two/h3 two/h4) services=(partner)
open_fleet
write_bake_plan >"$run/bake.yaml"
for ((round = 1; round <= rounds; round++)); do
    deploy_service "$run/bake.yaml" "1.$((2 * round))"
    deploy_service "$run/bake.yaml" "1.$((2 * round + 1))" '-DFAILS_IN="two"'
    unhealthy_to_returned_ms >>"$run/return_ms"
    as ana release unpin "$release" --reason measured >/dev/null
done
report 'unhealthy report to old version' "$run/return_ms" 1000 "the service's own restart included"
close_fleet

begin_step 'the language and the decisions, without any network'
"$bin/wavetrain" --version >/dev/null # so that the first round does not read the program from the disk
weekly=$demo/../plans/1-regional-weekly-train
for ((round = 1; round <= rounds; round++)); do
    elapsed_ms "$bin/wavetrain" rehearse "$weekly/images.yaml" "$weekly/partner-services.yaml" \
        --from 2026-11-20T07:00 --for 7d >>"$run/rehearsal_ms"
done
report 'a week of process 1, rehearsed' "$run/rehearsal_ms" 200 'the whole command'
write_large_plan 10000 >"$run/large.yaml"
for ((round = 1; round <= rounds; round++)); do
    elapsed_ms "$bin/wavetrain" plan check "$run/large.yaml" >>"$run/compile_ms"
done
report 'a plan of 10,000 regions, checked' "$run/compile_ms" 1000 'the whole command'
"$bin/measure-decisions" | report_decisions
