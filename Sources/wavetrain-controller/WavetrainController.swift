import AgentLink
import ArgumentParser
import ControllerService
import EventStoreSQLite
import Cryptography
import Foundation
import Logging
import NIOPosix
import ReleaseBoard
import ServiceLifecycle
import TLSChannel
import UnixSignals

@main
struct WavetrainController: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wavetrain-controller",
        abstract: "Holds release plans, gives signed orders to agents, and promotes wave by wave.",
        discussion: """
            Exit codes: 0 stopped as asked; 1 cannot start, or the event log failed; 64 wrong usage.
            """,
        version: Controller.version,
        subcommands: [Run.self, Check.self],
        defaultSubcommand: Run.self
    )
}

struct ConfigurationFile: ParsableArguments {
    @Option(help: "The configuration file; controller/controller.yaml documents it.")
    var config = "/etc/wavetrain/controller.yaml"

    func read() throws -> ControllerConfiguration { try ControllerConfiguration(file: config) }
}

extension WavetrainController {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Say what is wrong with the configuration, and what this machine lacks of what it names."
        )
        @OptionGroup var file: ConfigurationFile

        func run() async throws {
            let configuration = orExit { try file.read() }
            let findings = ConfigurationSurvey(configuration).findings
            guard findings.isEmpty else {
                for finding in findings { FileHandle.standardError.write(Data("\(file.config): \(finding)\n".utf8)) }
                throw ExitCode(1)
            }
            print("\(file.config): cluster \(configuration.cluster), \(configuration.operators.count) operators; good")
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "run", abstract: "Run until SIGTERM or SIGINT.")
        @OptionGroup var file: ConfigurationFile

        func run() async throws {
            let configuration = orExit { try file.read() }
            do {
                try await ControllerProcess(configuration).run()
            } catch {
                fail(error)
            }
        }
    }
}

/// Puts the parts together.
private struct ControllerProcess {
    let configuration: ControllerConfiguration
    let log: Logger

    init(_ configuration: ControllerConfiguration) {
        self.configuration = configuration
        log = Logger(label: "wavetrain-controller") { StreamLogHandler.standardError(label: $0) }
    }

    func run() async throws {
        let folder = try DataFolder(path: configuration.data)
        try folder.refuseKeysWithoutDatabase()
        let store = try SQLiteEventStore.open(at: folder.database, cluster: configuration.cluster)
        for finding in store.findings { log.warning("database", metadata: ["finding": "\(finding)"]) }
        let keys = try keys(in: folder, isNew: store.isNew)
        let controller = try await Controller(
            store: store,
            bundles: BundleStore(
                folder: folder.bundles,
                reserve_bytes: UInt64(configuration.bundles.reserve_bytes)
            ),
            keys: keys,
            log: log,
            bundlesAtOnce_perRegion: configuration.bundles.atOnce_perRegion,
            bundleRule: configuration.bundles.rule
        )
        let identity = try keys.makeIdentity()
        let door = try await openDoor(controller, keys, identity)
        controller.connect(door)
        let errands = Errands(RealErrands(configuration), log: log)
        controller.connect(outside: errands)
        let apiTLS = configuration.api.isLoopback ? nil : try TLSContext(.releaseBoard(identity: identity))
        let renewal = IdentityRenewal(keys: keys, log: log) { identity in
            try door.reload(identity, authorityPEM: keys.authority.certificate.pem)
            try apiTLS?.reload(identity: identity, trustRootsPEM: [])
        }
        let board = try ReleaseBoard(
            controller: controller,
            operators: OperatorTokens(configuration.operators),
            host: configuration.api.host,
            port: configuration.api.port,
            tls: apiTLS,
            chat: configuration.chatSecretFile.map {
                ChatDoor(secret: try ChatSecret.read($0), operators: configuration.operators)
            },
            log: log
        )
        try await ServiceGroup(
            services: [controller, door, errands, board, renewal],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: log
        ).run()
        try await store.close()
    }

    private func keys(in folder: DataFolder, isNew: Bool) throws -> ControllerKeys {
        let isAddress = { (name: String) in name.contains(":") || name.allSatisfy { $0.isNumber || $0 == "." } }
        return try ControllerKeys(
            folder: folder.keys,
            cluster: configuration.cluster,
            dnsNames: configuration.names.filter { !isAddress($0) },
            addresses: configuration.names.filter(isAddress),
            mayMake: isNew
        )
    }

    private func openDoor(
        _ controller: Controller,
        _ keys: ControllerKeys,
        _ identity: TLSIdentity
    ) async throws -> AgentDoor {
        var listening = AgentListener.Configuration(
            cluster: configuration.cluster,
            host: configuration.agents.host,
            port: configuration.agents.port,
            identity: identity,
            authorityPEM: keys.authority.certificate.pem
        )
        listening.bundleRate_bytes_s = configuration.bundles.rate_bytes_s
        let listener = try await AgentListener.start(
            listening,
            service: controller,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: log
        )
        log.notice("agents may dial in", metadata: ["address": "\(configuration.agents.host):\(listener.port)"])
        return AgentDoor(listener: listener, orderKey: keys.orderKey, log: log)
    }
}

/// Says what is wrong in one sentence and exits with 1.
private func fail(_ error: any Error) -> Never {
    FileHandle.standardError.write(Data("wavetrain-controller: \(error)\n".utf8))
    exit(1)
}

private func orExit<Value>(_ body: () throws -> Value) -> Value {
    do { return try body() } catch { fail(error) }
}
