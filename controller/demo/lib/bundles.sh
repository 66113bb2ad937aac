# shellcheck shell=bash
# Makes the demo's bundles: for each service and version a folder with the program and its hooks.

demo_source=$(dirname "${BASH_SOURCE[0]}")/..

# build_version VERSION [COMPILER-DEFINITION…]: both services; the definitions are for `partner` alone.
build_version() {
    local version=$1 service folder definitions
    shift
    for service in "${services[@]}"; do
        folder=$run/bundles/$service-$version
        mkdir -p "$folder/bin"
        cp -R "$demo_source/bundle/hooks" "$folder/"
        sed "s/@SERVICE@/$service/" "$demo_source/bundle/wavetrain.yaml" >"$folder/wavetrain.yaml"
        definitions=("-DVERSION=\"$version\"")
        [[ $service != partner ]] || definitions+=("$@")
        "${CC:-cc}" -O2 -Wall -Wextra "${definitions[@]}" -o "$folder/bin/service" "$demo_source/service.c" ||
            fail "cannot compile $service $version"
    done
}

push_version() {
    local service
    for service in "${services[@]}"; do
        as ana artifact push "$run/bundles/$service-$1" --version "$1" || fail "cannot push $service $1"
    done
}
