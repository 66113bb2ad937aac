import Bundles
import Logging
import NIOCore
import NIOPosix
import TimeAndChance
public import TrainModel

/// Fetches bundles from the controller or from neighbours, over connections of their own, so that none delays an order.
/// One to the controller that has served is kept for a few seconds, for the next.
public struct BundleFetcher: Sendable {
    /// Without any new byte for so long, a fetch gives up.
    public var patience_s: Int64 = 120

    let logger: Logger
    private let controller: NetworkAddress
    private let credentials: AgentCredentials
    private let group: any EventLoopGroup
    private let resting: RestingLine

    init(
        controller: NetworkAddress,
        credentials: AgentCredentials,
        group: any EventLoopGroup,
        resting: RestingLine = RestingLine(),
        logger: Logger
    ) {
        self.controller = controller
        self.credentials = credentials
        self.group = group
        self.resting = resting
        self.logger = logger
    }

    /// Brings the whole bundle into the file, from wherever an earlier fetch of the same bundle stopped, and returns when
    /// its length and digest are the signed ones. Connections that break are made again. The file is not flushed: a power
    /// cut may take bytes of it, and the next fetch finds that out.
    ///
    /// A file that is complete but wrong is emptied once and fetched again from its beginning, whole and from the
    /// controller alone.
    ///
    /// - Parameters:
    ///   - seeds: bundles on this host, from which chunks are copied; the likeliest first.
    ///   - progress: told how many bytes are present.
    /// - Returns: where the bytes came from.
    /// - Throws: `LinkError`: `refused`, `wrongLength`, `wrongDigest`, `fileFailed`, or the last failure when patience has
    ///   run out; `CancellationError`. The file then holds what has arrived.
    @discardableResult
    public func fetch(
        _ digest: Digest,
        length_bytes: UInt64,
        into path: String,
        seeds: [String] = [],
        pace: any BundlePace = UnlimitedPace(),
        progress: @escaping @Sendable (BundleProgress) -> Void = { _ in }
    ) async throws -> BundleTally {
        let opened = try await Self.blocking {
            let file = try PartialFile(path: path, length_bytes: length_bytes)
            return (file: file, isMoreFound: try file.absorb())
        }
        let file = opened.file
        var isMoreFound = opened.isMoreFound
        while isMoreFound {
            try Task.checkCancellation()
            isMoreFound = try await Self.blocking { try file.absorb() }
        }
        var fetch = BundleFetch(self, digest, file, pace: pace, progress: progress)
        try await fetch.run(seeds: seeds)
        if file.digest != digest {
            logger.notice("a bundle's bytes are wrong; fetching all of them again", metadata: ["path": "\(path)"])
            try await Self.blocking { try file.discard() }
            fetch.distrustNeighbours()
            try await fetch.run(seeds: [])
            guard file.digest == digest else { throw Self.wrongDigest(file, digest) }
        }
        return fetch.tally
    }

    /// Tells the controller that this host has the bundle, verified, and gives it to its neighbours.
    public func tellHeld(_ digest: Digest) async throws {
        try await transfer(BundleRequest(digest: digest, part: .held), from: .controller) { answer in
            switch answer {
            case .refused(let farewell): throw LinkError(farewell)
            case .neighbours: return true
            case .header, .chunk, .wait: throw LinkError.outOfTurn("bundle_answer", "Nothing was asked for.")
            }
        }
    }

    /// Over one connection. A line that fails is never kept.
    func transfer(
        _ request: BundleRequest,
        from peer: BundlePeer,
        receive: (BundleAnswer) async throws -> Bool
    ) async throws {
        let frame = try request.frame()
        let line = try await line(to: peer)
        do {
            try await line.transfer(frame) { bytes in
                let answer = try BundleAnswer(frame: bytes)
                let isLast = try await receive(answer)
                if case .wait = answer { line.forgive() }
                return isLast
            }
        } catch {
            line.close()
            throw error
        }
        if peer == .controller { resting.keep(line) } else { line.close() }
    }

    private func line(to peer: BundlePeer) async throws -> BundleLine {
        if peer == .controller, let line = resting.take() { return line }
        do {
            return try await BundleLine.dial(peer, controller: controller, credentials, group: group)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw LinkError(transport: error)
        }
    }

    /// Files block, event loops and tasks must not.
    static func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    private static func wrongDigest(_ file: PartialFile, _ digest: Digest) -> LinkError {
        LinkError(
            .wrongDigest,
            at: file.path,
            "What arrived has the digest \(file.digest), and the order's artifact has \(digest).",
            remedy: "The controller's artifact store is damaged, or the controller lies: look at it."
        )
    }
}
