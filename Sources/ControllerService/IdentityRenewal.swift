import Logging
import ServiceLifecycle
import TLSChannel
import TimeAndChance

/// Gives the controller a new certificate long before the old one ends, without cutting a connection.
public struct IdentityRenewal: Service {
    /// A third of the certificate's life.
    static let every = Interval(ms: ControllerKeys.identityLifetime.ms / 3)

    private let keys: ControllerKeys
    private let log: Logger
    private let reload: @Sendable (TLSIdentity) throws -> Void

    /// - Parameter reload: hands the identity to every listener; what it throws is logged and tried again an hour later.
    public init(keys: ControllerKeys, log: Logger, reload: @escaping @Sendable (TLSIdentity) throws -> Void) {
        self.keys = keys
        self.log = log
        self.reload = reload
    }

    public func run() async throws {
        var pause = Self.every
        while true {
            let wait = pause
            let cancelled = await cancelWhenGracefulShutdown {
                do { try await Task.sleep(for: .milliseconds(wait.ms)) } catch { return true }
                return Task.isCancelled
            }
            if cancelled { return }
            do {
                try reload(keys.makeIdentity())
                log.notice("the controller has a new certificate")
                pause = Self.every
            } catch {
                log.error("the certificate could not be renewed", metadata: ["error": "\(error)"])
                pause = .hours(1)
            }
        }
    }
}
