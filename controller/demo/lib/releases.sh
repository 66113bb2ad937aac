# shellcheck shell=bash
# Starts releases and goes along with them: the live view, and a person's answer wherever one is asked for.

# Exit statuses of `wavetrain release watch`.
completed=0
ended_otherwise=4
waits_for_a_person=5

# start_release PLAN VERSION DESCRIPTION: ana's; its name goes to `release`.
start_release() {
    local said
    said=$(as ana release start "$demo_source/plans/$1.yaml" --version "$2" --description "$3") ||
        fail "cannot start the release of version $2"
    release=${said#started }
    say "$said"
}

# Watches until the release ends; returns the exit status of `release watch`.
go_along() {
    local status
    while true; do
        status=0
        as ana release watch "$release" --until-held || status=$?
        [[ $status == "$waits_for_a_person" ]] || return "$status"
        decide
    done
}

expect() { # expect STATUS: goes along, and insists on how it ends
    local status=0
    go_along || status=$?
    [[ $status == "$1" ]] || fail "\`wavetrain release watch $release\` ended with status $status, not $1"
}

# bo is on call; ana, the author, may not approve. Attended, the person at the terminal answers for bo.
decide() {
    local answer=y
    if [[ -n ${ATTENDED:-} ]]; then
        printf '\n'
        read -rp "   bo, may $release go on to $(held_region)? [y/n] " answer </dev/tty || fail 'nobody answered'
    fi
    if [[ $answer == [yY]* ]]; then
        as bo release approve "$release" --reason 'looked at the region before' || fail 'the approval was refused'
    else
        as bo release reject "$release" --reason 'said no at the terminal' || fail 'the rejection was refused'
        fail "you rejected $release, which ends it; start again with \`make demo ATTENDED=1\`"
    fi
}

# The region that an approval is asked for.
held_region() {
    as ana release show "$release" --output json |
        awk -F '"' '
            $2 == "kind" { is_approval = $4 == "approval" }
            $2 == "subject" && is_approval && !found++ { print $4 }'
}

state_of_release() {
    as ana release show "$release" --output json | awk -F '"' '/^  "state"/ { print $4 }'
}
