# shellcheck shell=sh
# What start and verify have in common: the variables, checked, and helm. Sourced.
set -f

fail() {
    echo "$1" >&2
    exit 64
}

namespace=${WAVETRAIN_VAR_NAMESPACE-}
release=${WAVETRAIN_VAR_RELEASE:-$WAVETRAIN_SERVICE}
values=${WAVETRAIN_VAR_VALUES-}
timeout=${WAVETRAIN_VAR_ROLLOUT_TIMEOUT:-10m}
chart_version=${WAVETRAIN_VAR_CHART_VERSION:-$WAVETRAIN_VERSION}
files=${WAVETRAIN_HOST_VAR_VALUES_FILES-}
chart=${WAVETRAIN_REFERENCE-}
helm=${WAVETRAIN_HOST_VAR_HELM:-helm}
kubectl=${WAVETRAIN_HOST_VAR_KUBECTL:-kubectl}

[ -n "$namespace" ] || fail 'the variable namespace is missing: set it in the plan'
[ -n "$chart" ] || fail 'the order has no reference: push the artifact with the chart it stands for'
case $namespace$release$timeout in
    *[!a-z0-9.-]*) fail 'namespace, release and rollout_timeout hold a-z, 0-9, . and - only' ;;
esac
case $chart_version in
    *[!A-Za-z0-9.+-]*) fail "this is no version of a chart: $chart_version" ;;
esac
case " $namespace $release $timeout $chart $chart_version" in
    *' -'*) fail 'none of namespace, release, rollout_timeout, chart_version and the reference begins with -' ;;
esac
# A comma, a brace or a backslash would be more than one value to helm.
for value in $values; do
    case $value in
        -* | =* | *[!A-Za-z0-9_.=:/@+-]*) fail "an item of values is key=value, of A-Z, a-z, 0-9 and _.:/@+-, not $value" ;;
        *=*) ;;
        *) fail "an item of values is key=value, not $value" ;;
    esac
done
for file in $files; do
    case $file in
        /*) ;;
        *) fail "an item of the host variable values_files is an absolute path, not $file" ;;
    esac
done
case $chart in
    *[!A-Za-z0-9_./:@+-]* | *..*) fail "this is no chart: $chart" ;;
esac

KUBECONFIG=${WAVETRAIN_HOST_VAR_KUBECONFIG:-/etc/wavetrain/kubeconfig}
export KUBECONFIG

# Without a home helm would keep what it learns in the release directory, which nothing may change.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
HELM_CACHE_HOME=$scratch/cache
HELM_DATA_HOME=$scratch/data
HELM_CONFIG_HOME=${WAVETRAIN_HOST_VAR_HELM_CONFIG:-$scratch/config}
# What the cluster offers it keeps in the home, whatever else it is told.
HOME=$scratch
export HELM_CACHE_HOME HELM_DATA_HOME HELM_CONFIG_HOME HOME

# helm of the one namespace and, where the host names one, the one context.
do_helm() {
    "$helm" --namespace "$namespace" ${WAVETRAIN_HOST_VAR_CONTEXT:+--kube-context="$WAVETRAIN_HOST_VAR_CONTEXT"} "$@"
}

# What helm's history says of the newest revision, a word of it at a time; nothing where there is no such release.
history=
read_history() {
    if ! history=$(do_helm history "$release" --max 1 --output yaml 2> "$scratch/errors"); then
        history=
        grep -q 'not found' "$scratch/errors" || {
            cat "$scratch/errors" >&2
            exit 1
        }
    fi
}
newest() {
    printf '%s\n' "$history" | sed -n "s/^[- ] $1: *//p" | tr -d "\"'"
}

# What a release says of itself, so that it can be read back.
description="wavetrain $WAVETRAIN_VERSION $WAVETRAIN_DIGEST"
