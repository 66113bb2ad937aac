public import TrainModel

/// What the controller does about its agents; implemented by ControllerService, called by `AgentListener`.
///
/// Synchronous methods run on event loops: they take a lock or put something into a queue, and return. For one host they
/// are called one after the other: opened, any number of received, closed, opened again.
///
/// `admit` is called inside the TLS handshake, before an application byte is parsed, and once more when the connection
/// can be found by `AgentListener.cut`, so that a revocation between the two is not lost.
public protocol AgentLinkService: BundleSource {
    /// A session begins. Send now whatever the host has not acknowledged: nothing that was sent to it earlier is certain.
    ///
    /// - Returns: what the agent is told; its heartbeat interval is replaced by the listener's own.
    func sessionOpened(_ agent: AgentIdentity, hello: Hello) -> Welcome

    /// A report, in the order in which the host sent them. Nothing in it is verified but who sent it: the identity is the
    /// host's, so a receipt must name it and be signed with its key.
    func received(_ report: AgentReport, from host: HostKey)

    func sessionClosed(_ host: HostKey, because error: LinkError)

    /// A new certificate for the same name; answered in the session it was asked in.
    func renew(_ agent: AgentIdentity, certificateRequest: [UInt8]) async -> RenewalAnswer

    /// A host without a certificate shows the secret of a join token.
    func enrol(_ request: EnrolRequest, from address: String) async -> EnrolAnswer
}
