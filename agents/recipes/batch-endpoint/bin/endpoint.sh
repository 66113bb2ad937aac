# shellcheck shell=sh
# What the programs of this recipe have in common: the variables, checked, and az. Sourced.
set -f

fail() {
    echo "$1" >&2
    exit 64
}

# One word of these characters, none of them an option; $1 says whose it is, $4 where it is set.
word() {
    [ -n "$2" ] || fail "the $1 is missing: set it in ${4:-the plan}"
    case $2 in
        -* | *[!A-Za-z0-9_.$3-]*) fail "the $1 may not be $2" ;;
    esac
}
number() {
    case $2 in
        '' | *[!0-9]* | ??????*) fail "the $1 is a number, not $2" ;;
    esac
}

endpoint=${WAVETRAIN_VAR_ENDPOINT:-$WAVETRAIN_SERVICE}
deployment=${WAVETRAIN_VAR_DEPLOYMENT:-deployment-$WAVETRAIN_VERSION}
model=${WAVETRAIN_REFERENCE-}
test_data=${WAVETRAIN_VAR_TEST_DATA-}
instance_count=${WAVETRAIN_VAR_INSTANCE_COUNT:-1}
concurrency=${WAVETRAIN_VAR_CONCURRENCY:-1}
workspace=${WAVETRAIN_HOST_VAR_WORKSPACE:-${WAVETRAIN_VAR_WORKSPACE-}}
group=${WAVETRAIN_HOST_VAR_RESOURCE_GROUP-}
compute=${WAVETRAIN_HOST_VAR_COMPUTE-}
poll_s=${WAVETRAIN_HOST_VAR_POLL_S:-30}
job_timeout_s=${WAVETRAIN_HOST_VAR_JOB_TIMEOUT_S:-900}
program=${WAVETRAIN_HOST_VAR_AZ:-az}

word 'variable endpoint' "$endpoint" ''
word 'variable deployment' "$deployment" ''
word "order's reference" "$model" ':/@' 'the artifact: push it with the model it stands for, such as azureml:NAME:VERSION'
word 'variable workspace' "$workspace" ''
word 'host variable resource_group' "$group" '()' agent.yaml
word 'host variable compute' "$compute" '' agent.yaml
number 'variable instance_count' "$instance_count"
number 'variable concurrency' "$concurrency"
number 'host variable poll_s' "$poll_s"
number 'host variable job_timeout_s' "$job_timeout_s"
case $test_data in
    -* | *..* | *[!A-Za-z0-9_./:@-]*) fail "the variable test_data may not be $test_data" ;;
esac
# A path of the plan is one under the host's own store of test data.
case $test_data in
    '' | *:*) ;;
    *) test_data=${WAVETRAIN_HOST_VAR_TEST_DATA_ROOT:+${WAVETRAIN_HOST_VAR_TEST_DATA_ROOT%/}/}$test_data ;;
esac

# az keeps what it learns in its configuration folder: never in the release directory.
AZURE_CONFIG_DIR=${WAVETRAIN_HOST_VAR_AZURE_CONFIG:-/etc/wavetrain/azure}
AZURE_CORE_COLLECT_TELEMETRY=no
AZURE_CORE_NO_COLOR=yes
export AZURE_CONFIG_DIR AZURE_CORE_COLLECT_TELEMETRY AZURE_CORE_NO_COLOR

# az ml in the one workspace; prints plain text. "None" stands for nothing, as az has it.
ml() {
    "$program" ml "$@" --resource-group "$group" --workspace-name "$workspace" --output tsv
}

default_deployment() { ml batch-endpoint show --name "$endpoint" --query defaults.deployment_name; }
endpoint_state() { ml batch-endpoint show --name "$endpoint" --query provisioning_state; }
deployment_state() { ml batch-deployment show --name "$deployment" --endpoint-name "$endpoint" --query provisioning_state; }
deployed_digest() { ml batch-deployment show --name "$deployment" --endpoint-name "$endpoint" --query tags.wavetrain_digest; }
newest_job() {
    job=$(ml batch-deployment list-jobs --name "$deployment" --endpoint-name "$endpoint" --query '[0].name')
    case $job in
        '' | None) fail "$deployment has had no job yet" ;;
    esac
}
