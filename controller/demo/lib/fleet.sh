# shellcheck shell=bash
# The controller, the hosts and their agents: folders, ports, configuration, processes.

part_1=(canary westus3 northeurope southeastasia)
part_2=(eastus swedencentral eastasia)
regions=("${part_1[@]}" "${part_2[@]}")
services=(partner cache)
ports_count=$((2 + 2 * ${#regions[@]} * ${#services[@]}))

# As region/host, in the order of the plan.
hosts=()
for region in "${regions[@]}"; do hosts+=("$region/$region-a" "$region/$region-b"); done

host_folder() { echo "$run/hosts/${1#*/}"; }

# A free row of ports below those that the kernel gives out by itself.
choose_ports() {
    for ((port_base = 17000; port_base < 30000; port_base += 100)); do
        is_row_free && return
    done
    fail "no $ports_count free ports in a row between 17000 and 30000"
}

is_row_free() {
    local port
    for ((port = port_base; port < port_base + ports_count; port++)); do
        # Column 2 is the local address, column 4 the state: 0A listens.
        ! awk -v port="$(printf ':%04X' "$port")" \
            '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }' \
            /proc/net/tcp /proc/net/tcp6 2>/dev/null || return 1
    done
}

# service_port REGION/HOST SERVICE
service_port() {
    local index=0 host service
    for host in "${hosts[@]}"; do
        for service in "${services[@]}"; do
            if [[ $host == "$1" && $service == "$2" ]]; then
                echo $((port_base + 2 + index))
                return
            fi
            index=$((index + 1))
        done
    done
}

# Everybody who may ask, each with a token of 24 random bytes; the controller keeps only its digest.
make_token() (umask 077 && printf 'wt_%s' "$(od -An -tx1 -N24 /dev/urandom | tr -d ' \n')" >"$run/tokens/$1")
token_digest() { sha256sum <"$run/tokens/$1" | cut -c 1-64; }

configure_controller() {
    mkdir -m 700 "$run/tokens"
    make_token ana
    make_token bo
    cat >"$run/controller.yaml" <<YAML
cluster: demo
data: $run/controller
agents: 127.0.0.1:$port_base
names: [127.0.0.1]
api: 127.0.0.1:$((port_base + 1))
operators:
  - { name: ana, roles: [operator, admin], token_sha256: $(token_digest ana) }
  - { name: bo, roles: [approver], groups: [release-oncall], token_sha256: $(token_digest bo) }
YAML
    export WAVETRAIN_URL=http://127.0.0.1:$((port_base + 1))
}

configure_host() {
    local folder service
    folder=$(host_folder "$1")
    mkdir -p "$folder/state"
    {
        echo "root: $folder"
        echo "variables: { state: $folder/state }"
        echo 'services:'
        for service in "${services[@]}"; do
            echo "  $service: { variables: { port: $(service_port "$1" "$service") } }"
        done
    } >"$folder/agent.yaml"
}

# as PERSON COMMAND…: the `wavetrain` command with that person's token.
as() { WAVETRAIN_TOKEN_FILE=$run/tokens/$1 "$bin/wavetrain" "${@:2}"; }

# start NAME LOG COMMAND…: in the background; its process id goes to pids/NAME.
start() {
    local name=$1 log=$2
    shift 2
    "$@" >>"$log" 2>&1 </dev/null &
    echo $! >"$run/pids/$name"
    disown # the shell says nothing when it is killed
}

start_controller() {
    start controller "$run/controller.log" "$bin/wavetrain-controller" run --config "$run/controller.yaml"
    wait_for 20 'the controller to answer' is_controller_up
}

is_controller_up() {
    [[ -e /proc/$(<"$run/pids/controller") ]] || fail 'the controller ended'
    curl -fsS --max-time 2 "$WAVETRAIN_URL/v1/health" >/dev/null 2>&1
}

enrol() {
    as ana agent token --region "${1%/*}" |
        "$bin/wavetrain-agent" enrol --config "$(host_folder "$1")/agent.yaml" \
            --controller "127.0.0.1:$port_base" --name "${1#*/}" --token - >>"$(host_folder "$1")/agent.log" 2>&1
}

start_agent() {
    local folder
    folder=$(host_folder "$1")
    start "${1#*/}" "$folder/agent.log" "$bin/wavetrain-agent" run --config "$folder/agent.yaml"
}

are_agents_connected() { (($(as ana agent list | grep -c ' connected ' || true) == ${#hosts[@]})); }

# Every process of this demo, and of one before it that was killed: our programs by their arguments, the deployed
# services by the place of their program.
demo_processes() {
    local process program
    for process in /proc/[0-9]*; do
        program=$(readlink "$process/exe" 2>/dev/null) || continue
        case $program in
            "$run"/hosts/*) echo "${process#/proc/}" ;;
            "$bin"/wavetrain*)
                ! tr '\0' '\n' <"$process/cmdline" 2>/dev/null | grep -qF "$run/" || echo "${process#/proc/}"
                ;;
        esac
    done
}

# Asks all of them to end, and after three seconds insists.
stop_everything() {
    local signal pids tries
    for signal in TERM KILL; do
        for ((tries = 0; tries < 30; tries++)); do
            mapfile -t pids < <(demo_processes)
            ((${#pids[@]} > 0)) || return 0
            kill -s "$signal" "${pids[@]}" 2>/dev/null || true # one that has ended meanwhile is what is wanted
            sleep 0.1
        done
    done
}
