#!/usr/bin/env bash
# Measures what travels when a host goes from one real release to the next: two versions of Debian packages, as the
# distribution and its security archive hold them today, each as a bundle. One controller and one agent, real sockets; the
# agent says where each byte of a bundle came from. Beside it: the whole bundle, and rsync between the same two trees.
# Then the same to a region of five hosts that share.
#
#   benchmarks/transfer.sh FOLDER-OF-PROGRAMS [FOLDER-TO-RUN-IN]
#
# PAIRS="package package …" measures others. Needs dpkg, rsync, and apt with the two archives.
#
# shellcheck disable=SC2154,SC2034 # what the parts assign and read
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
demo=$here/../controller/demo
# shellcheck source=/dev/null # each is checked by itself
source "$demo/lib/say.sh"
# shellcheck source=/dev/null
source "$demo/lib/fleet.sh"
# shellcheck source=/dev/null
source "$here/lib/measure.sh"
# shellcheck source=/dev/null
source "$here/lib/transfer.sh"

bin=$(cd "${1:?the folder with wavetrain, wavetrain-controller and wavetrain-agent}" && pwd -P)
run=$(mkdir -p "${2:-bench-run/transfer}" && cd "${2:-bench-run/transfer}" && pwd -P)
read -ra pairs <<<"${PAIRS:-libpython3.11-stdlib openjdk-17-jre-headless postgresql-15 python3-django}"

trap 'stop_everything' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'fail "a command failed: $BASH_COMMAND"' ERR

begin_step 'from one release to the next, on one host'
regions=(one) hosts=(one/h001) services=(noop)
open_fleet
write_order_plan >"$run/order.yaml"
print_head
for package in "${pairs[@]}"; do measure_pair "$package"; done
close_fleet

begin_step 'the first of them to a region of five hosts that share'
hosts=(one/h001 one/h002 one/h003 one/h004 one/h005)
open_fleet
measure_region "${pairs[0]}"
close_fleet
