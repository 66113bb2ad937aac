# shellcheck shell=sh disable=SC2154
# The files that the newest job has written, in $scratch. Sourced behind endpoint.sh.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
newest_job
ml job download --name "$job" --output-name score --download-path "$scratch" > /dev/null
outputs=$(find "$scratch" -type f -size +0 | sort)
