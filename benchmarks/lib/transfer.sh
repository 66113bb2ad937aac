# shellcheck shell=bash disable=SC2154 # what transfer.sh and the demo's parts assign
# Two versions of a package as bundles, and what the agents' logs say of how they came.

# versions_of PACKAGE: the older and the newer that apt offers.
versions_of() {
    apt-cache madison "$1" | awk -F ' *\\| *' '/Packages/ { print $2 }' | sort -u -V | tail -n 2
}

# package_tree PACKAGE VERSION: unpacks the package; prints the folder.
package_tree() {
    local folder=$run/trees/$1-$2
    if [[ ! -d $folder/content ]]; then
        mkdir -p "$folder/download"
        (cd "$folder/download" && apt-get -qq -o APT::Sandbox::User=root download "$1=$2") || fail "apt cannot fetch $1 $2"
        dpkg-deb -x "$folder"/download/*.deb "$folder/content"
    fi
    echo "$folder/content"
}

# push_tree TREE VERSION: as a bundle of the service noop. Links out of the tree, which no bundle may hold, stay away.
push_tree() {
    local folder=$run/bundles/noop-$2
    mkdir -p "$folder/hooks"
    cp -R --no-preserve=mode "$1" "$folder/content"
    find "$folder/content" -type l -delete
    cp /bin/true "$folder/hooks/true"
    cat >"$folder/wavetrain.yaml" <<'YAML'
wavetrain: 1
service: noop
hooks:
  start: { run: [hooks/true], timeout: 5s, repeatable: true }
YAML
    as ana artifact push "$folder" --version "$2" >/dev/null || fail "cannot push $2"
}

# The newest line of an agent's log on where a bundle's bytes came from: fetched HOST KEY
fetched() {
    grep 'bundle fetched' "$(host_folder "$1")/agent.log" | tail -n 1 | grep -o "$2=[0-9]*" | cut -d = -f 2
}

bundle_bytes() { echo $(($(fetched "$1" controller_bytes) + $(fetched "$1" neighbours_bytes) + $(fetched "$1" own_bytes))); }

# What rsync sends in both directions to make the old tree the new one, compressed.
rsync_bytes() {
    rm -rf "$run/rsync"
    cp -R "$1" "$run/rsync"
    rsync -az --no-whole-file --delete --no-links --stats "$2/" "$run/rsync/" |
        awk -F ': ' '/^Total bytes (sent|received)/ { gsub(/,/, "", $2); sum += $2 } END { print sum }'
}

print_head() {
    printf '   %-26s %-32s %12s %12s %6s %12s %6s\n' package versions 'whole bundle' 'wavetrain' '' 'rsync -z' ''
}

measure_pair() {
    local package=$1 versions old new
    mapfile -t versions < <(versions_of "$package")
    ((${#versions[@]} == 2)) || { say "$package: apt offers no two versions"; return; }
    old=$(package_tree "$package" "${versions[0]}")
    new=$(package_tree "$package" "${versions[1]}")
    pair_count=$((${pair_count:-0} + 1))
    push_tree "$old" "$pair_count.1"
    go "$run/order.yaml" "$pair_count.1"
    push_tree "$new" "$pair_count.2"
    go "$run/order.yaml" "$pair_count.2"
    printf '%s %s %s %s %s %s\n' "$package" "${versions[0]}" "${versions[1]}" "$(bundle_bytes one/h001)" \
        "$(($(fetched one/h001 controller_bytes) + $(fetched one/h001 index_bytes)))" "$(rsync_bytes "$old" "$new")" |
        awk '{ printf "   %-26s %-32s %12d %12d %5.1f%% %12d %5.1f%%\n", $1, $2 " -> " $3, $4, $5, 100 * $5 / $4, $6, 100 * $6 / $4 }'
}

# Lets every host share, which none does at first.
share_bundles() {
    local host pid port=$((port_base + ports_count))
    for host in "${hosts[@]}"; do
        pid=$(<"$run/pids/${host#*/}")
        kill "$pid"
        wait_for 20 "the agent of $host to end" has_ended "$pid"
        echo "share: { listen: 127.0.0.1:$port, address: 127.0.0.1:$port }" >>"$(host_folder "$host")/agent.yaml"
        start_agent "$host"
        port=$((port + 1))
    done
    wait_for 60 'all agents to connect again' are_agents_connected
}

has_ended() { [[ ! -e /proc/$1 ]]; }

measure_region() {
    local versions host
    mapfile -t versions < <(versions_of "$1")
    share_bundles
    push_tree "$(package_tree "$1" "${versions[1]}")" 1.0
    go "$run/order.yaml" 1.0
    for host in "${hosts[@]}"; do
        printf '   %-10s %12d bytes from the controller, %12d from neighbours\n' "$host" \
            "$(fetched "$host" controller_bytes)" "$(fetched "$host" neighbours_bytes)"
    done
}
