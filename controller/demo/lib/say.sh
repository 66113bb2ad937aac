# shellcheck shell=bash
# What the demo prints: steps, facts, and what failed with the last lines of the logs.

step='reading its own files'
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

begin_step() {
    step=$1
    printf '\n%s== %s%s  [%d s]\n' "$bold" "$step" "$plain" "$SECONDS"
}

say() { printf '   %s\n' "$*"; }

# Ends the demo: the sentence, the step, and where to look.
fail() {
    trap - ERR
    printf '\n%sThe demo failed%s while %s: %s\n' "$bold" "$plain" "$step" "$*" >&2
    show_last_lines >&2
    exit 1
}

show_last_lines() {
    local file
    # The logs that were written to last say the most.
    while read -r file; do
        printf '\nThe last lines of %s:\n' "${file#"$PWD"/}"
        tail -n 5 "$file"
    done < <(find "$run" -name '*.log' -size +0 -printf '%T@ %p\n' 2>/dev/null | sort -rn | head -n 3 | cut -d ' ' -f 2-)
}

# Waits for a condition as long as it may take: wait_for SECONDS WHAT COMMAND…
wait_for() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        ((SECONDS < deadline)) || fail "waited in vain for $what"
        sleep 0.1
    done
}
