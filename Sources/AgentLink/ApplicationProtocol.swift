/// The protocols that share the controller's one port, told apart by ALPN before an application byte flows.
enum ApplicationProtocol: String, CaseIterable {
    /// Orders and reports. Both ends have certificates.
    case control = "wavetrain/1"
    /// Bundles, apart from control so that none delays an order. Both ends have certificates.
    case bundle = "wavetrain-bundle/1"
    /// One request of an agent that has no certificate yet.
    case enrol = "wavetrain-enrol/1"
}
