import Logging
import NIOCore
import NIOPosix
import TimeAndChance
public import TrainModel

/// Fetches bundles from the controller, over connections of their own, so that none delays an order. One that has
/// served is kept for a few seconds, for the next.
public struct BundleFetcher: Sendable {
    /// Without any new byte for so long, a fetch gives up.
    public var patience_s: Int64 = 120

    private let controller: NetworkAddress
    private let credentials: AgentCredentials
    private let group: any EventLoopGroup
    private let resting: RestingLine
    private let logger: Logger

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
    /// A file that is complete but wrong is emptied once and fetched again from its beginning.
    ///
    /// - Parameter progress: told how many bytes are present.
    /// - Throws: `LinkError`: `refused`, `wrongLength`, `wrongDigest`, `fileFailed`, or the last failure when patience has
    ///   run out; `CancellationError`. The file then holds what has arrived.
    public func fetch(
        _ digest: Digest,
        length_bytes: UInt64,
        into path: String,
        progress: @escaping @Sendable (_ present_bytes: UInt64) -> Void = { _ in }
    ) async throws {
        let opened = try await blocking {
            let file = try PartialFile(path: path, length_bytes: length_bytes)
            return (file: file, isMoreFound: try file.absorb())
        }
        let file = opened.file
        var isMoreFound = opened.isMoreFound
        while isMoreFound {
            try Task.checkCancellation()
            isMoreFound = try await blocking { try file.absorb() }
        }
        progress(file.present_bytes)
        var hasDiscarded = false
        while true {
            try await complete(file, digest, progress)
            if file.digest == digest { break }
            guard !hasDiscarded else { throw Self.wrongDigest(file, digest) }
            logger.notice("a bundle's bytes are wrong; fetching all of them again", metadata: ["path": "\(path)"])
            try await blocking { try file.discard() }
            hasDiscarded = true
        }
    }

    /// Fetches until the file has its length, over as many connections as it takes.
    private func complete(
        _ file: PartialFile,
        _ digest: Digest,
        _ progress: @escaping @Sendable (UInt64) -> Void
    ) async throws {
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        var lastProgress = Clocks.steady()
        while !file.isComplete {
            try Task.checkCancellation()
            let before = file.present_bytes
            do {
                try await transfer(file, digest, progress)
            } catch let error as LinkError where Self.mayPass(error) {
                if file.present_bytes > before {
                    lastProgress = Clocks.steady()
                    backoff = Backoff()
                }
                guard Clocks.steady() - lastProgress < .seconds(patience_s) else { throw error }
                logger.info("a bundle transfer broke off", metadata: ["path": "\(file.path)", "reason": "\(error)"])
                try await Task.sleep(for: .milliseconds(backoff.next(using: &generator).ms))
            }
        }
    }

    /// Over one connection. A line that fails is never kept.
    private func transfer(
        _ file: PartialFile,
        _ digest: Digest,
        _ progress: @escaping @Sendable (UInt64) -> Void
    ) async throws {
        let request = try BundleRequest(digest: digest, offset_bytes: file.present_bytes).frame()
        let line = try await line()
        do {
            var hasHeader = false
            try await line.transfer(request) { frame in
                switch try BundleAnswer(frame: frame) {
                case .refused(let farewell):
                    throw LinkError(farewell)
                case .header(let length_bytes):
                    guard !hasHeader else { throw LinkError.outOfTurn("bundle_answer.header", "There is one header.") }
                    guard length_bytes == file.length_bytes else { throw Self.wrongLength(file, length_bytes) }
                    hasHeader = true
                case .chunk(let chunk):
                    guard hasHeader else { throw LinkError.outOfTurn("bundle_answer.chunk", "A header comes first.") }
                    try await blocking { try file.append([UInt8](chunk)) }
                    progress(file.present_bytes)
                }
                return file.isComplete
            }
        } catch {
            line.close()
            throw error
        }
        resting.keep(line)
    }

    private func line() async throws -> BundleLine {
        if let line = resting.take() { return line }
        do {
            return try await BundleLine.dial(controller, credentials, group: group)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw LinkError(transport: error)
        }
    }

    /// Files block, event loops and tasks must not.
    private func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    /// Whether another connection could do better.
    private static func mayPass(_ error: LinkError) -> Bool {
        switch error.code {
        case .closed, .unreachable, .slow, .overdue: true
        // All its connections are taken, perhaps by those of ours that broke and that it has not noticed yet.
        case .refused: error.place.hasSuffix(Farewell.busy.code)
        default: false
        }
    }

    private static func wrongLength(_ file: PartialFile, _ length_bytes: UInt64) -> LinkError {
        LinkError(
            .wrongLength,
            at: file.path,
            "The controller has \(length_bytes) bytes; the order's artifact has \(file.length_bytes).",
            remedy: "The controller's artifact store is damaged, or the controller lies: look at it."
        )
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
