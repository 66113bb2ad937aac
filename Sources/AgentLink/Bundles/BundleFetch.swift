import Bundles
import Logging
import TimeAndChance
import TrainModel

/// One fetch of one bundle: what this host has is copied, what it lacks is asked for, until the file has its length.
struct BundleFetch {
    /// How often this host may be sent to neighbours.
    private static let detours_max = 3
    /// A longer pause gives the connection up.
    private static let pause_max = Interval.seconds(10)
    /// So often is looked whether the time for fetching has come, as the clock may be set meanwhile.
    private static let look_max = Interval.seconds(60)

    private let fetcher: BundleFetcher
    private let digest: Digest
    private let file: PartialFile
    private let pace: any BundlePace
    private let progress: @Sendable (BundleProgress) -> Void
    private(set) var tally = BundleTally()
    private var takesNeighbours = true

    private var plan: FetchPlan
    private var neighbours: [BundleNeighbour] = []
    private var grant: [UInt8] = []
    /// Neighbours that were of no use.
    private var useless: Set<HostName> = []
    private var detours = 0

    init(
        _ fetcher: BundleFetcher,
        _ digest: Digest,
        _ file: PartialFile,
        pace: any BundlePace,
        progress: @escaping @Sendable (BundleProgress) -> Void
    ) {
        self.fetcher = fetcher
        self.digest = digest
        self.file = file
        self.pace = pace
        self.progress = progress
        plan = FetchPlan(length_bytes: file.length_bytes)
    }

    /// From the controller alone from now on.
    mutating func distrustNeighbours() {
        neighbours = []
        takesNeighbours = false
    }

    /// What ends a transfer so that another begins at once.
    private enum Turn: Error {
        /// The pace allows nothing for a while.
        case closed
        /// What was to be copied is not there.
        case replan
    }

    /// Fetches until the file has its length, over as many connections as it takes.
    mutating func run(seeds: [String]) async throws {
        tell()
        plan = FetchPlan(length_bytes: file.length_bytes)
        guard !file.isComplete else { return }
        let indexes = seeds.isEmpty ? [] : try await Self.indexes(of: seeds)
        var isPlanned = indexes.isEmpty
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        var lastProgress = Clocks.steady()
        while !file.isComplete {
            try Task.checkCancellation()
            if try await waitUntilOpen() { lastProgress = Clocks.steady() }
            let before = file.present_bytes
            let peer = neighbours.first.map { BundlePeer.neighbour($0) } ?? .controller
            do {
                if !isPlanned {
                    plan = try await plan(with: indexes)
                    isPlanned = true
                }
                try await copy()
                if !file.isComplete { try await transfer(from: peer) }
            } catch is Turn {
                lastProgress = Clocks.steady()
            } catch let error as LinkError where peer != .controller && error.code != .fileFailed {
                let neighbour = neighbours.removeFirst()
                useless.insert(neighbour.host)
                lastProgress = Clocks.steady()
                fetcher.logger.info(
                    "a neighbour is of no use",
                    metadata: ["host": "\(neighbour.host)", "reason": "\(error)"]
                )
            } catch let error as LinkError where Self.mayPass(error) {
                if file.present_bytes > before {
                    lastProgress = Clocks.steady()
                    backoff = Backoff()
                }
                guard Clocks.steady() - lastProgress < .seconds(fetcher.patience_s) else { throw error }
                fetcher.logger.info(
                    "a bundle transfer broke off",
                    metadata: ["path": "\(file.path)", "reason": "\(error)"]
                )
                try await Task.sleep(for: .milliseconds(backoff.next(using: &generator).ms))
            }
        }
    }

    private func tell(waitsFor: String? = nil) {
        progress(BundleProgress(present_bytes: file.present_bytes, waitsFor: waitsFor))
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
}

// MARK: the pace

extension BundleFetch {
    /// Returns whether it had to wait.
    private func waitUntilOpen() async throws -> Bool {
        var hasWaited = false
        while case .closed(let wait, let reason) = pace.took(0) {
            hasWaited = true
            tell(waitsFor: reason)
            try await Task.sleep(for: .milliseconds(min(wait, Self.look_max).ms))
        }
        return hasWaited
    }

    private func keepPace(_ bytes: Int) async throws {
        switch pace.took(bytes) {
        case .goOn: break
        case .wait(let wait):
            try await Task.sleep(for: .milliseconds(wait.ms))
            if wait > Self.pause_max { throw Turn.closed }
        case .closed: throw Turn.closed
        }
    }
}

// MARK: what this host has

extension BundleFetch {
    private static func indexes(of seeds: [String]) async throws -> [(path: String, index: ChunkIndex)] {
        try await BundleFetcher.blocking {
            seeds.compactMap { path in
                // A seed that cannot be read is none.
                do { return try ChunkIndex.read(bundle: path).map { (path, $0) } } catch { return nil }
            }
        }
    }

    /// Asks for the index; without one, everything is fetched.
    private mutating func plan(with seeds: [(path: String, index: ChunkIndex)]) async throws -> FetchPlan {
        let whole = FetchPlan(length_bytes: file.length_bytes)
        let bytes_max = ChunkIndex.bytes_max(bundle_bytes: file.length_bytes)
        var bytes: [UInt8] = []
        var length_bytes: Int?
        do {
            try await fetcher.transfer(BundleRequest(digest: digest, part: .index), from: .controller) { answer in
                switch answer {
                case .refused(let farewell): throw LinkError(farewell)
                case .neighbours: return true
                case .wait: return false
                case .header(let announced_bytes, isIndex: true):
                    guard length_bytes == nil, announced_bytes <= UInt64(bytes_max) else { throw Turn.replan }
                    length_bytes = Int(announced_bytes)
                // From a controller that knows no indexes.
                case .header: throw Turn.replan
                case .chunk(let chunk):
                    guard let length_bytes, bytes.count + chunk.count <= length_bytes else { throw Turn.replan }
                    bytes += chunk
                }
                return bytes.count == length_bytes
            }
        } catch is Turn {
            return whole
        }
        tally.index_bytes += UInt64(bytes.count)
        guard let index = ChunkIndex(bytes: bytes, bundle_bytes: file.length_bytes) else { return whole }
        return FetchPlan(index, seeds: seeds)
    }

    /// Copies chunks for as long as the next ones are here.
    private mutating func copy() async throws {
        while let next = plan.copy(at: file.present_bytes) {
            try Task.checkCancellation()
            let file = file
            let before = file.present_bytes
            guard try await BundleFetcher.blocking({ try file.append(next) }) else {
                plan.forget(next.place)
                throw Turn.replan
            }
            tally.own_bytes += file.present_bytes - before
            tell()
        }
    }
}

// MARK: what it lacks

extension BundleFetch {
    private mutating func transfer(from peer: BundlePeer) async throws {
        let ranges = plan.lacking(from: file.present_bytes, count_max: Bounds.bundleRanges_max)
        let isRest = ranges.count == 1 && ranges[0].upperBound == file.length_bytes
        let request = BundleRequest(
            digest: digest,
            part: isRest ? .rest(offset_bytes: file.present_bytes) : .ranges(ranges),
            takesNeighbours: peer == .controller && takesNeighbours,
            grant: peer == .controller ? [] : grant
        )
        var awaited = AwaitedRanges(ranges)
        var hasHeader = false
        var sent: (to: [BundleNeighbour], with: [UInt8])?
        var fetch = self
        defer { self = fetch }
        try await fetcher.transfer(request, from: peer) { answer in
            switch answer {
            case .refused(let farewell): throw LinkError(farewell)
            case .wait(let sentence):
                // A neighbour that has nothing to send is of no use.
                guard request.takesNeighbours else {
                    throw LinkError.outOfTurn("bundle_answer.wait", "Nobody offered to wait.")
                }
                fetch.tell(waitsFor: sentence)
            case .neighbours(let neighbours, let grant):
                guard request.takesNeighbours, !hasHeader else {
                    throw LinkError.outOfTurn("bundle_answer.neighbours", "Nobody asked for neighbours.")
                }
                sent = (neighbours, grant)
                return true
            case .header(let length_bytes, let isIndex):
                guard !hasHeader, !isIndex else {
                    throw LinkError.outOfTurn("bundle_answer.header", "There is one header.")
                }
                guard length_bytes == fetch.file.length_bytes else {
                    throw Self.wrongLength(fetch.file, length_bytes)
                }
                hasHeader = true
            case .chunk(let chunk):
                guard hasHeader else { throw LinkError.outOfTurn("bundle_answer.chunk", "A header comes first.") }
                try await fetch.take([UInt8](chunk), &awaited, from: peer)
            }
            return awaited.isEmpty
        }
        if let sent { fetch.goTo(sent.to, with: sent.with) }
    }

    private mutating func take(_ bytes: [UInt8], _ awaited: inout AwaitedRanges, from peer: BundlePeer) async throws {
        let isRangeComplete = try awaited.take(bytes.count, of: file)
        let file = file
        try await BundleFetcher.blocking { try file.append(bytes) }
        if peer == .controller {
            tally.controller_bytes += UInt64(bytes.count)
        } else {
            tally.neighbours_bytes += UInt64(bytes.count)
        }
        tell()
        if isRangeComplete { try await copy() }
        // What has come to its end need not wait; the next fetch does.
        if awaited.isEmpty { _ = pace.took(bytes.count) } else { try await keepPace(bytes.count) }
    }

    /// Sent to nobody new, or too often: the controller has to serve.
    private mutating func goTo(_ neighbours: [BundleNeighbour], with grant: [UInt8]) {
        self.neighbours = neighbours.filter { !useless.contains($0.host) }
        self.grant = grant
        detours += 1
        if self.neighbours.isEmpty || detours >= Self.detours_max { takesNeighbours = false }
    }

    private static func wrongLength(_ file: PartialFile, _ length_bytes: UInt64) -> LinkError {
        LinkError(
            .wrongLength,
            at: file.path,
            "The controller has \(length_bytes) bytes; the order's artifact has \(file.length_bytes).",
            remedy: "The controller's artifact store is damaged, or the controller lies: look at it."
        )
    }
}
