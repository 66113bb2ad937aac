# shellcheck shell=bash
# What the demo asserts: what runs, asked of the services themselves; and that every effect happened once.

# ask REGION/HOST SERVICE: the version that the running service names.
ask() {
    curl -fsS --max-time 2 "http://127.0.0.1:$(service_port "$1" "$2")/version" |
        sed 's/.*"version":"\([^"]*\)".*/\1/'
}

# program_of REGION/HOST SERVICE: the program that runs as the service, by the process id that its hooks keep.
program_of() {
    local pid
    pid=$(cat "$(host_folder "$1")/state/$2.pid" 2>/dev/null) || return 0
    readlink "/proc/$pid/exe" || true # it has ended
}

# every_host_runs VERSION
every_host_runs() {
    local host service version
    for host in "${hosts[@]}"; do
        for service in "${services[@]}"; do
            version=$(ask "$host" "$service") || fail "$service on $host does not answer"
            [[ $version == "$1" ]] || fail "$service on $host runs version $version, not $1"
        done
    done
    say "asked all $((${#hosts[@]} * ${#services[@]})) running services: each answers version $1"
}

# Lines `service version generation N` that the install hooks wrote, with the host in front.
effects() {
    local host
    for host in "${hosts[@]}"; do
        sed "s|^|$host |" "$(host_folder "$host")/state/effects"
    done
}

every_effect_once() {
    local twice
    twice=$(effects | sort | uniq -d)
    [[ -z $twice ]] || fail "happened more than once: $twice"
    say "$(effects | wc -l) installs on ${#hosts[@]} hosts, each of one order: none happened twice"
}

# installs_of VERSION [REGION…]: how often it was installed there, or anywhere.
installs_of() {
    local version=$1 where
    shift
    where=$(IFS='|' && echo "$*")
    effects | grep -cE "^(${where:-[a-z0-9]+})/[a-z0-9-]+ [a-z]+ ${version//./\\.} " || true # grep counts 0 with status 1
}

# expect_installs NUMBER VERSION [REGION…]
expect_installs() {
    local wanted=$1 found
    shift
    found=$(installs_of "$@")
    [[ $found == "$wanted" ]] || fail "version $1 was installed $found times in ${*:2}, not $wanted"
}

# What each running service says, and whether the controller knows the same from signed receipts.
table_of_what_runs() {
    local host known service heard told row differences=0
    known=$(as ana agent list)
    printf '   %-15s %-17s %-10s %s\n' region host "${services[@]}"
    for host in "${hosts[@]}"; do
        row=$(printf '   %-15s %-17s' "${host%/*}" "${host#*/}")
        for service in "${services[@]}"; do
            heard=$(ask "$host" "$service") || fail "$service on $host does not answer"
            told=$(grep -E "^ *${host%/*} +${host#*/} " <<<"$known" | sed -nE "s/.*[ ,]$service ([^ ,]+).*/\1/p")
            if [[ $heard != "$told" ]]; then
                differences=$((differences + 1))
                heard+=" (the controller knows ${told:-nothing})"
            fi
            row+=$(printf ' %-10s' "$heard")
        done
        printf '%s\n' "${row%"${row##*[! ]}"}"
    done
    ((differences == 0)) || fail "services and controller differ in $differences places"
    say 'said by the running services themselves; the controller knows the same from signed receipts'
}
