# shellcheck shell=sh
# What the hooks have in common: the variables, checked, and systemctl. Sourced.
set -f

fail() {
    echo "$1" >&2
    exit 64
}

allowed=${WAVETRAIN_HOST_VAR_UNITS-}
units=${WAVETRAIN_VAR_UNITS:-$allowed}
folder=${WAVETRAIN_HOST_VAR_UNIT_FOLDER:-/etc/systemd/system}
settle_s=${WAVETRAIN_HOST_VAR_SETTLE_S:-3}
systemctl=${WAVETRAIN_HOST_VAR_SYSTEMCTL:-systemctl}

[ -n "$allowed" ] || fail 'the host variable units is missing: name the units that orders may restart in agent.yaml'
case $units in
    *[!A-Za-z0-9@:._\\\ -]*) fail 'units holds names of units with spaces between: A-Z, a-z, 0-9 and @:._\- only' ;;
esac
case " $units" in
    *' -'* | *' .'*) fail 'no unit in units begins with - or .' ;;
esac
# An order chooses among the units that the host names; it names none of its own.
for unit in $units; do
    case " $allowed " in
        *" $unit "*) ;;
        *) fail "this host lets no order restart $unit: name it in the host variable units in agent.yaml" ;;
    esac
    case $unit in
        *.service) ;;
        *) fail "$unit is no service: write its whole name, such as shop.service" ;;
    esac
done
case $folder in
    /*) ;;
    *) fail "the host variable unit_folder must be an absolute path, not $folder" ;;
esac
case $settle_s in
    '' | *[!0-9]* | ????*) fail 'the host variable settle_s is a number of seconds, at most 999' ;;
esac
# What stands in a unit file is read by systemd: nothing in it may end a line or a quotation, or be a specifier.
for value in "$WAVETRAIN_VERSION" "${WAVETRAIN_REFERENCE-}" "$WAVETRAIN_DIGEST"; do
    case $value in
        *[!A-Za-z0-9._:/@+~=,-]*) fail "a unit cannot hold $value: use A-Z, a-z, 0-9 and ._:/@+~=,- in version and reference" ;;
    esac
done

# One property of a unit, as systemd has it now.
property() {
    "$systemctl" show --property="$2" --value -- "$1"
}
