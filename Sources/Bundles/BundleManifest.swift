import StructuredText
import TimeAndChance
import TrainModel

/// What a bundle says of itself in `wavetrain.yaml`, in its top folder.
///
/// ```yaml
/// wavetrain: 1
/// service: billing
/// hooks:
///   start: { run: bin/start, timeout: 20s, repeatable: true }
///   verify: { run: [bin/check, --deep] }
/// needs: [psql, "docker|podman"]
/// user: billing
/// keep: 5
/// links: [https://example.com/billing]
/// ```
public struct BundleManifest: Hashable, Sendable {
    public static let fileName = "wavetrain.yaml"
    public static let length_bytes_max = 64 * 1024
    public static let links_count_max = 8

    /// Which part of a deployment a hook does.
    public enum HookName: String, Hashable, Sendable, CaseIterable {
        case drain, stop, install, start, verify
    }

    public struct Hook: Hashable, Sendable {
        /// The program, a path relative to the release directory and an executable file of the bundle, and its
        /// arguments. Never empty.
        public let command: [String]

        /// The hook and all its children end when this is over.
        public let timeout: Interval

        /// Whether running it twice does what running it once does: after a crash it may then run again.
        public let isRepeatable: Bool
    }

    public let service: ServiceName

    /// The hooks that the bundle has.
    public let hooks: [HookName: Hook]

    /// Programs of the host that the hooks call: of each item one must be there. Names, without a path.
    public let needs: [[String]]

    /// The user that hooks run as; nil: whom the host's own policy names.
    public let user: String?

    /// How many previous releases stay on the host.
    public let keptReleases_count: Int

    /// Shown beside the service; http or https.
    public let links: [String]
}
