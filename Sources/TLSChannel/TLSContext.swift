import NIOConcurrencyHelpers

/// What makes connections: certificates and rules, checked and loaded. Share one between all connections of a listener
/// or dialler; it may be used from any thread.
public final class TLSContext: Sendable {
    private let current: NIOLockedValueBox<LibraryContext>

    /// - Throws: ``TLSError`` when certificates or key cannot be read, do not belong together, or the rules contradict
    ///   themselves.
    public init(_ configuration: TLSConfiguration) throws(TLSError) {
        current = NIOLockedValueBox(try LibraryContext(configuration))
    }

    /// Uses other certificates for every connection from now on. Those that exist go on with what they have.
    /// - Throws: ``TLSError`` when the new ones cannot be used; then the old ones stay.
    public func reload(identity: TLSIdentity?, trustRootsPEM: [String]) throws(TLSError) {
        var configuration = current.withLockedValue { $0.configuration }
        configuration.identity = identity
        configuration.trustRootsPEM = trustRootsPEM
        let replacement = try LibraryContext(configuration)
        current.withLockedValue { $0 = replacement }
    }

    func makeSession(serverName: TLSServerName?) throws(TLSError) -> TLSSession {
        try TLSSession(library: current.withLockedValue { $0 }, serverName: serverName)
    }
}
