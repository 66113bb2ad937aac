import TrainModel

/// Who a peer is, as its certificate's URI name says: `wavetrain://<cluster>/<region>/<host>` for an agent,
/// `wavetrain://<cluster>/controller` for the controller.
///
/// An agent's path has exactly two segments and the controller's one, so neither can be taken for the other. Names hold
/// nothing that a URI would escape, so a peer has one spelling.
public enum PeerName: Hashable, Sendable {
    case agent(cluster: ClusterName, region: RegionName, host: HostName)
    case controller(cluster: ClusterName)

    /// What a peer may do, without who it is.
    public enum Role: String, Hashable, Sendable {
        case agent
        case controller
    }

    /// Reads a URI name.
    ///
    /// - Throws: `CryptographyError` with code `invalidName` for everything that `uri` would not write.
    public init(uri: String) throws {
        let parts = uri.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 4, let cluster = ClusterName(parts[2]), parts[3] == Self.controllerSegment {
            self = .controller(cluster: cluster)
        } else if parts.count == 5, let cluster = ClusterName(parts[2]), let region = RegionName(parts[3]),
            let host = HostName(parts[4])
        {
            self = .agent(cluster: cluster, region: region, host: host)
        } else {
            throw Self.invalid(uri)
        }
        // The scheme, and whatever else the parts above do not say.
        guard self.uri.utf8.elementsEqual(uri.utf8) else { throw Self.invalid(uri) }
    }

    public var uri: String {
        switch self {
        case .agent(let cluster, let region, let host): "wavetrain://\(cluster)/\(region)/\(host)"
        case .controller(let cluster): "wavetrain://\(cluster)/\(Self.controllerSegment)"
        }
    }

    public var cluster: ClusterName {
        switch self {
        case .agent(let cluster, _, _), .controller(let cluster): cluster
        }
    }

    public var role: Role {
        switch self {
        case .agent: .agent
        case .controller: .controller
        }
    }

    private static let controllerSegment = "controller"

    private static func invalid(_ uri: String) -> CryptographyError {
        CryptographyError(
            .invalidName,
            in: "peer name",
            "\(String(reflecting: String(uri.prefix(100)))) names neither an agent nor a controller.",
            remedy: """
                Write wavetrain://<cluster>/<region>/<host> or wavetrain://<cluster>/controller, where \
                \(NameRule.sentence).
                """
        )
    }
}

extension PeerName: CustomStringConvertible {
    public var description: String { uri }
}
