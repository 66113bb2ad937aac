import ControllerService
import Cryptography
import EventStore
import Foundation
import Logging
import NIOCore
import ReleaseBoard
import ServiceLifecycle
import TLSChannel
import Testing
import TrainModel

/// A controller and its API on a free port, and one operator for each role.
struct Board: Sendable {
    static let cluster = "test"
    static let plan = """
        wavetrain: 1
        plan: shop
        artifact: { name: shop, version: '\\d+' }
        services: [web]
        stages:
          production:
            regions: [canary]
            before_each_region:
              - approval: { by: oncall, not: author }
        """

    /// What a chat signs with. `operator` is its user U-OPERATOR, `oncall` is U-ONCALL.
    static let chatSecret = String(repeating: "chat", count: 8)

    let url: String
    let store: InMemoryEventStore
    let controller: Controller
    /// By what the operator is called: `viewer`, `operator`, `approver`, `admin`, `oncall` (an approver in the group).
    let tokens: [String: String]
    /// PEM of the authority, for HTTPS.
    let authorityFile: String
    let folder: String
    private let services: ServiceGroup

    /// Runs `body` against a board that answers, then shuts it down and waits until it is gone.
    static func running(
        https: Bool = false,
        limits: BoardLimits = BoardLimits(),
        _ body: (Board) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("board-\(UUID())").path
        defer { unlinkAll(folder) }
        let (listening, listens) = AsyncStream.makeStream(of: SocketAddress.self)
        let board = try await Board(folder: folder, https: https, limits: limits, listens)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { listens.finish() }
                try await board.services.run()
            }
            guard let port = await listening.first(where: { _ in true })?.port else {
                try await group.waitForAll()
                throw CancellationError()
            }
            do {
                try await body(board.at(port: port, https: https))
            } catch {
                await board.services.triggerGracefulShutdown()
                throw error
            }
            await board.services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    func stop() async { await services.triggerGracefulShutdown() }

    private init(
        folder: String,
        https: Bool,
        limits: BoardLimits,
        _ listens: AsyncStream<SocketAddress>.Continuation
    ) async throws {
        let cluster = try #require(ClusterName(Self.cluster))
        let data = try DataFolder(path: folder)
        let keys = try ControllerKeys(
            folder: data.keys,
            cluster: cluster,
            dnsNames: ["localhost"],
            addresses: ["127.0.0.1"],
            mayMake: true
        )
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        store = InMemoryEventStore(cluster: cluster)
        controller = try await Controller(
            store: store,
            bundles: BundleStore(folder: data.bundles),
            keys: keys,
            log: log
        )
        let (operators, tokens) = try Self.operators(in: folder)
        let tls = https ? try TLSContext(.releaseBoard(identity: keys.makeIdentity())) : nil
        let board = try ReleaseBoard(
            controller: controller,
            operators: OperatorTokens(operators),
            host: "127.0.0.1",
            port: 0,
            tls: tls,
            chat: ChatDoor(secret: Array(Self.chatSecret.utf8), operators: operators),
            limits: limits,
            log: log,
            onListening: { listens.yield($0) }
        )
        services = ServiceGroup(services: [controller, board], logger: log)
        authorityFile = "\(folder)/keys/authority.pem"
        self.tokens = tokens
        self.folder = folder
        url = ""
    }

    private init(_ board: Board, url: String) {
        (store, controller, tokens) = (board.store, board.controller, board.tokens)
        (authorityFile, folder, services) = (board.authorityFile, board.folder, board.services)
        self.url = url
    }

    private func at(port: Int, https: Bool) -> Board {
        Board(self, url: https ? "https://localhost:\(port)" : "http://127.0.0.1:\(port)")
    }

    /// As a controller's configuration names them.
    private static func operators(in folder: String) throws -> ([Operator], [String: String]) {
        var tokens: [String: String] = [:]
        var text = "cluster: test\ndata: \(folder)\noperators:\n"
        for (name, role, groups) in [
            ("viewer", "viewer", ""), ("operator", "operator", "oncall"), ("approver", "approver", ""),
            ("admin", "admin", ""), ("oncall", "approver", "oncall"),
        ] {
            let (token, digest) = try OperatorTokens.make()
            tokens[name] = token
            let chat = groups.isEmpty ? "" : ", chat: U-\(name.uppercased())"
            text += "  - { name: \(name), roles: [\(role)], groups: [\(groups)], token_sha256: \"\(digest)\"\(chat) }\n"
        }
        let file = "\(folder)/controller.yaml"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return (try ControllerConfiguration(file: file).operators, tokens)
    }

    private static func unlinkAll(_ folder: String) {
        do { try FileManager.default.removeItem(atPath: folder) } catch { Issue.record("\(folder) stays: \(error)") }
    }
}
