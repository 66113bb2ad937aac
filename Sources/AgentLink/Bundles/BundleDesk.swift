import Logging
import NIOConcurrencyHelpers
import NIOPosix
import TimeAndChance
import TrainModel

/// What all connections that a listener serves bundles on share.
final class BundleDesk: Sendable {
    typealias Table = NIOLockedValueBox<SessionTable<HostConnection>>

    let source: any BundleSource
    let rate: BundleRate
    let introductionWithin: Interval
    let connections_perHost_max: Int
    let threadPool: NIOThreadPool
    let logger: Logger

    /// A listener's connections of all kinds.
    private let table: Table

    init(
        source: any BundleSource,
        rate_bytes_s: Int?,
        introductionWithin: Interval,
        connections_perHost_max: Int,
        table: Table,
        logger: Logger
    ) {
        self.source = source
        rate = BundleRate(rate_bytes_s: rate_bytes_s)
        self.introductionWithin = introductionWithin
        self.connections_perHost_max = connections_perHost_max
        threadPool = .singleton
        self.table = table
        self.logger = logger
    }

    /// Makes a connection findable, then asks whether it may stay: a revocation either was before and is seen here, or
    /// comes after and finds the connection.
    func admit(_ connection: HostConnection, _ agent: AgentIdentity) -> Farewell? {
        table.withLockedValue { $0.admit(connection, of: agent.host) }
        return source.admit(agent)
    }

    func hasTooMany(of host: HostKey) -> Bool {
        table.withLockedValue { $0.otherCount(of: host) } > connections_perHost_max
    }

    func release(_ connection: HostConnection, of host: HostKey) {
        table.withLockedValue { $0.release(connection, of: host) }?.open()
    }
}
