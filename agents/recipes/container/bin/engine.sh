# shellcheck shell=sh
# What start and verify have in common: the variables, checked, and the engine. Sourced.
set -f

fail() {
    echo "$1" >&2
    exit 64
}

# The words of a list: none is an option, and each holds only these characters, as a bracket expression has them.
words() {
    for word in $2; do
        case $word in
            -*) fail "no item of $1 begins with -, as $word does" ;;
        esac
        case $word in
            *[!$3]*) fail "an item of $1 holds a character that it may not: $word" ;;
        esac
    done
}

name=${WAVETRAIN_HOST_VAR_NAME:-$WAVETRAIN_SERVICE}
ports=${WAVETRAIN_HOST_VAR_PORTS-}
settings=${WAVETRAIN_HOST_VAR_ENV-}
volumes=${WAVETRAIN_HOST_VAR_VOLUMES-}
network=${WAVETRAIN_HOST_VAR_NETWORK-}
settle_s=${WAVETRAIN_HOST_VAR_SETTLE_S:-3}
health_s=${WAVETRAIN_HOST_VAR_HEALTH_S:-120}
stop_s=${WAVETRAIN_HOST_VAR_STOP_S:-10}

words name "$name" 'a-zA-Z0-9_.-'
words ports "$ports" '0-9.:/a-z-'
words volumes "$volumes" 'a-zA-Z0-9_./:,-'
words network "$network" 'a-zA-Z0-9_.:-'
for setting in $settings; do
    case $setting in
        [A-Za-z_]*=*) ;;
        *) fail "an item of env is NAME=value, not $setting" ;;
    esac
done
case "$name$network" in
    *' '*) fail 'name and network are one word each' ;;
esac
for number in "$settle_s" "$health_s" "$stop_s"; do
    case $number in
        '' | *[!0-9]* | ?????*) fail 'settle_s, health_s and stop_s are numbers of seconds, at most 9999' ;;
    esac
done

# Always by digest: a tag may mean another image tomorrow. Behind the last / a : begins the tag; before it, a port.
reference=${WAVETRAIN_REFERENCE-}
case $reference in
    '') fail 'the order has no reference: push the artifact with the image it stands for' ;;
    -* | *[!a-zA-Z0-9_./:@-]*) fail "this is no image: $reference" ;;
    *@sha256:"$WAVETRAIN_DIGEST") reference=${reference%@*} ;;
    *@*) fail "the reference $reference is of another digest than the artifact, $WAVETRAIN_DIGEST" ;;
esac
case ${reference##*/} in
    *:*) reference=${reference%:*} ;;
esac
image=$reference@sha256:$WAVETRAIN_DIGEST

# The one that the host names, or the one that it has.
kind=${WAVETRAIN_HOST_VAR_ENGINE-}
case $kind in
    docker | podman) ;;
    '')
        for kind in docker podman ''; do
            [ -n "$kind" ] || fail 'this host has neither docker nor podman: install one'
            ! command -v "$kind" > /dev/null || break
        done
        ;;
    *) fail "the host variable engine is docker or podman, not $kind" ;;
esac
if [ "$kind" = docker ]; then
    program=${WAVETRAIN_HOST_VAR_DOCKER:-docker}
else
    program=${WAVETRAIN_HOST_VAR_PODMAN:-podman}
fi
# Neither finds its settings without a home; nothing of them may come into the release directory.
HOME=${WAVETRAIN_HOST_VAR_HOME:-/root}
export HOME

engine() {
    "$program" "$@"
}

# A word about the container, or nothing where there is no such container.
of_container() {
    engine container inspect --format "$1" "$name" 2> /dev/null
}
