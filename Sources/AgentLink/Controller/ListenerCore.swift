import Logging
import NIOConcurrencyHelpers
import TimeAndChance
import TrainModel

/// What all connections of a listener share.
final class ListenerCore: Sendable {
    let cluster: ClusterName
    let heartbeatEvery: Interval
    let introductionWithin: Interval
    let service: any AgentLinkService
    let desk: BundleDesk
    let census: AddressCensus
    let logger: Logger

    private let table: BundleDesk.Table
    private let newestHead = NIOLockedValueBox<ShownHead?>(nil)

    init(_ configuration: AgentListener.Configuration, service: any AgentLinkService, logger: Logger) {
        cluster = configuration.cluster
        heartbeatEvery = configuration.heartbeatEvery
        introductionWithin = configuration.introductionWithin
        census = AddressCensus(strangers_max: configuration.strangers_perAddress_max)
        table = BundleDesk.Table(SessionTable())
        desk = BundleDesk(
            source: service,
            rate_bytes_s: configuration.bundleRate_bytes_s,
            introductionWithin: configuration.introductionWithin,
            connections_perHost_max: configuration.bundles_perHost_max,
            table: table,
            logger: logger
        )
        self.service = service
        self.logger = logger
    }

    var head: ShownHead? {
        get { newestHead.withLockedValue { $0 } }
        set { newestHead.withLockedValue { $0 = newValue } }
    }

    func admit(_ connection: HostConnection, _ agent: AgentIdentity) -> Farewell? {
        desk.admit(connection, agent)
    }

    /// True: the connection is its host's session now. False: it will be told to open when the older one has ended.
    func claim(_ connection: HostConnection, of host: HostKey) -> Bool {
        switch table.withLockedValue({ $0.claim(connection, of: host) }) {
        case .open:
            return true
        case .wait(let replaced):
            for older in replaced { older.cut(.replaced, because: LinkError(Farewell.replaced)) }
            return false
        }
    }

    func release(_ connection: HostConnection, of host: HostKey) { desk.release(connection, of: host) }

    func sessions(of hosts: [HostKey]) -> (present: [HostConnection], absent: [HostKey]) {
        table.withLockedValue { table in
            var present: [HostConnection] = []
            present.reserveCapacity(hosts.count)
            var absent: [HostKey] = []
            for host in hosts {
                if let session = table.session(of: host) { present.append(session) } else { absent.append(host) }
            }
            return (present, absent)
        }
    }

    func connections(of host: HostKey) -> [HostConnection] {
        table.withLockedValue { $0.all(of: host) }
    }

    var allConnections: [HostConnection] {
        table.withLockedValue { $0.all }
    }

    var sessionCount: Int {
        table.withLockedValue { $0.count }
    }
}
