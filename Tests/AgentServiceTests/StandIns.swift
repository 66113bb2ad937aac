import Glibc
import Testing

@testable import AgentService

/// Programs in the place of those that no test machine has. Each keeps its state in a folder and writes down its calls in
/// `calls`; what they answer is as the real ones' manuals have it.
struct StandIns {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func calls() throws -> [String] {
        try folder.read("calls")?.split(separator: "\n").map(String.init) ?? []
    }

    private func write(_ name: String, _ script: String) throws -> String {
        let head = "#!/bin/sh\nset -eu\ncd \(folder.path)\necho \"$*\" >> calls\n"
        try folder.write(name, head + script, mode: 0o755)
        return "\(folder.path)/\(name)"
    }

    /// A systemd with the unit shop.service, whose main process is real and has the drop-in's settings.
    func systemctl() throws -> String {
        try write(
            "systemctl",
            """
            dropin=units/shop.service.d/50-wavetrain.conf
            alive() { test -e pid && kill -0 "$(cat pid)" 2>/dev/null; }
            case "$1" in
                show)
                    case "$2" in
                        --property=LoadState) echo loaded ;;
                        --property=ActiveState) if alive; then echo active; else echo failed; fi ;;
                        --property=NRestarts) echo 0 ;;
                        --property=MainPID) if alive; then cat pid; else echo 0; fi ;;
                        *) exit 9 ;;
                    esac ;;
                daemon-reload) cp $dropin loaded ;;
                restart)
                    ! alive || kill -9 "$(cat pid)"
                    settings=$(sed -n 's/^Environment=//p' loaded | tr -d '"')
                    # The unit's own program does not start in this version.
                    case $settings in *VERSION=broken*) echo 'Job for shop.service failed' >&2; exit 1 ;; esac
                    env -i $settings setsid sleep 1000 < /dev/null > /dev/null 2>&1 &
                    echo $! > pid ;;
                reset-failed | status) ;;
                *) exit 9 ;;
            esac

            """
        )
    }

    func endUnits() throws {
        if let text = try folder.read("pid"), let pid = pid_t(text.filter(\.isNumber)) { _ = kill(pid, SIGKILL) }
    }

    /// An engine whose registry has every image by digest, and whose images are called by their digests.
    func docker() throws -> String {
        try write(
            "docker",
            """
            for last; do :; done
            case "$1 ${2-}" in
                'image inspect') test -e "image-${last##*:}"; [ "$3" != --format ] || echo "sha256:${last##*:}" ;;
                'pull --quiet') touch "image-${last##*:}" ;;
                'container inspect')
                    test -e container
                    case "$4" in
                        *State.Running*) echo 'true 0 ' ;;
                        *State.Status*) echo running ;;
                        *State.Health*) echo ;;
                        *wavetrain.service*) cat service ;;
                        *wavetrain.version*) cat version ;;
                        *.Image*) cat container ;;
                        *.Id*) echo 0123 ;;
                    esac ;;
                stop*) ;;
                rm*) rm container ;;
                run*)
                    test ! -e container
                    echo "sha256:${last##*:}" > container
                    echo "$*" | sed -n 's/.*wavetrain.service=\\([^ ]*\\).*/\\1/p' > service
                    echo "$*" | sed -n 's/.*wavetrain.version=\\([^ ]*\\).*/\\1/p' > version ;;
                *) exit 9 ;;
            esac

            """
        )
    }

    /// A workspace of Azure Machine Learning, whose jobs complete at the second look.
    func az() throws -> String {
        try write(
            "az",
            """
            command="$2 $3"; shift 3
            name= query= file= set= deployment=
            while [ $# -gt 0 ]; do
                case $1 in
                    --name) name=$2 ;;
                    --query) query=$2 ;;
                    --file) file=$2 ;;
                    --set) set=$2 ;;
                    --deployment-name) deployment=$2 ;;
                    --resource-group) [ "$2" = group ] ;;
                    --workspace-name) [ "$2" = test ] ;;
                    --output) [ "$2" = tsv ] ;;
                esac
                shift 2
            done
            case $command in
                'batch-endpoint show')
                    test -e "endpoint-$name" || { echo 'ResourceNotFound' >&2; exit 3; }
                    case $query in
                        provisioning_state) echo Succeeded ;;
                        defaults.deployment_name) cat "endpoint-$name" ;;
                    esac ;;
                'batch-endpoint create') echo None > "endpoint-$name" ;;
                'batch-endpoint update') echo "${set#defaults.deployment_name=}" > "endpoint-$name" ;;
                'batch-deployment create') cp "$file" "deployment-of-$name" ;;
                'batch-deployment show')
                    test -e "deployment-of-$name" || { echo 'ResourceNotFound' >&2; exit 3; }
                    case $query in
                        provisioning_state) echo Succeeded ;;
                        tags.wavetrain_digest) sed -n 's/.*wavetrain_digest: "\\(.*\\)"/\\1/p' "deployment-of-$name" ;;
                    esac ;;
                'batch-deployment list-jobs') echo job-1 ;;
                'batch-endpoint invoke') rm -f looked; grep -q broken "deployment-of-$deployment" && touch fails; echo job-1 ;;
                'job show')
                    case $query in
                        status)
                            if [ -e fails ]; then rm fails; echo Failed
                            elif [ -e looked ]; then echo Completed
                            else touch looked; echo Running; fi ;;
                        tags.wavetrain_seconds) cat seconds ;;
                    esac ;;
                'job update') echo "${set#tags.wavetrain_seconds=}" > seconds ;;
                *) exit 9 ;;
            esac

            """
        )
    }
}
