# shellcheck shell=sh
# What start and verify have in common: the variables, checked, and kubectl. Sourced.
set -f

fail() {
    echo "$1" >&2
    exit 64
}

namespace=${WAVETRAIN_VAR_NAMESPACE-}
deployments=${WAVETRAIN_VAR_DEPLOYMENTS-}
container=${WAVETRAIN_VAR_CONTAINER-}
timeout=${WAVETRAIN_VAR_ROLLOUT_TIMEOUT:-10m}
image=${WAVETRAIN_REFERENCE-}
kubectl=${WAVETRAIN_HOST_VAR_KUBECTL:-kubectl}

[ -n "$namespace" ] || fail 'the variable namespace is missing: set it in the plan'
[ -n "$deployments" ] || fail 'the variable deployments is missing: name them in the plan, with spaces between'
[ -n "$image" ] || fail 'the order has no reference: push the artifact with the image it stands for'
case $namespace$deployments$container$timeout in
    *[!a-z0-9.\ -]*) fail 'namespace, deployments, container and rollout_timeout hold a-z, 0-9, . and - only' ;;
esac
case " $namespace $deployments $container $timeout" in
    *' -'*) fail 'none of namespace, deployments, container and rollout_timeout begins with -' ;;
esac

KUBECONFIG=${WAVETRAIN_HOST_VAR_KUBECONFIG:-/etc/wavetrain/kubeconfig}
export KUBECONFIG

# Without a home kubectl would keep what it learns of the cluster in the release directory, which nothing may change.
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT

# kubectl of the one namespace and, where the host names one, the one context.
kube() {
    "$kubectl" --cache-dir="$cache" --namespace="$namespace" ${WAVETRAIN_HOST_VAR_CONTEXT:+--context="$WAVETRAIN_HOST_VAR_CONTEXT"} "$@"
}

# The container whose image is set: the one that is named, or every one.
target=${container:-*}
