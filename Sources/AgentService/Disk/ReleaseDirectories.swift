import Bundles
import Cryptography
import Glibc
import TrainModel

/// Where releases stand, each an unpacked bundle or the record of what a recipe brought: `services/<service>/releases/<version>-<digest prefix>/` under the root, and the symbolic link
/// `current` beside them, which points at a complete release or is not there.
///
/// A release appears by rename when it is complete and is never changed by the agent afterwards. Its whole digest
/// is the target of a link in `digests/`, made before the release appears, because the prefix in the name decides
/// nothing. A link, because it appears whole with its folder's flush alone; in base64, because file systems keep a target
/// of less than 60 bytes without a block of its own.
struct ReleaseDirectories: Sendable {
    let root: String

    func folder(of service: ServiceName) -> String { "\(root)/services/\(service)" }
    func releases(of service: ServiceName) -> String { folder(of: service) + "/releases" }
    func name(of artifact: Artifact) -> String { "\(artifact.version)-\(artifact.digest.prefix)" }
    func path(of artifact: Artifact, _ service: ServiceName) -> String {
        "\(releases(of: service))/\(name(of: artifact))"
    }

    /// Where its bundle is fetched to, until it is unpacked.
    func archive(of artifact: Artifact) -> String { "\(root)/bundles/\(artifact.digest.hex)" }

    /// The release is there, from this very artifact.
    func holds(_ artifact: Artifact, _ service: ServiceName) throws(AgentError) -> Bool {
        guard try Files.exists(path(of: artifact, service)) else { return false }
        return try digest(ofRelease: name(of: artifact), service) == artifact.digest
    }

    /// Makes the folders for a release that is about to be unpacked, and notes its digest.
    func prepare(_ artifact: Artifact, _ service: ServiceName) throws(AgentError) {
        try Files.makeFolder(releases(of: service))
        try Files.makeFolder(folder(of: service) + "/digests")
        let name = name(of: artifact)
        if try Files.exists(path(of: artifact, service)), try digest(ofRelease: name, service) != artifact.digest {
            throw AgentError(
                .fileFailed,
                at: path(of: artifact, service),
                "a release of another digest has this name",
                remedy: "give the artifact another version"
            )
        }
        try Files.remove(digestPath(name, service))
        // 0, or -1.
        guard symlink(Self.digestTarget(artifact), digestPath(name, service)) == 0 else {
            throw .system(errno, "noting the digest", digestPath(name, service))
        }
        try Files.synchroniseFolder(folder(of: service) + "/digests")
    }

    /// Makes the release of a recipe's deployment, which is its record; one that is there is verified.
    func write(_ record: RecipeRecord, _ service: ServiceName) throws(AgentError) {
        let release = record.release
        let folder = path(of: release, service)
        if try holds(release, service) {
            let file = "\(folder)/\(RecipeRecord.fileName)"
            if try Files.read(file) != record.bytes { try Files.replace(file, with: record.bytes, mode: 0o644) }
            return
        }
        try prepare(release, service)
        let hidden = "\(releases(of: service))/\(Self.unfinishedPrefix)\(name(of: release))"
        try Files.remove(hidden)
        try Files.makeFolder(hidden)
        try Files.replace("\(hidden)/\(RecipeRecord.fileName)", with: record.bytes, mode: 0o644)
        try Files.rename(hidden, to: folder)
    }

    /// Points `current` at the release in one step; nil removes the link. Durable when it returns.
    func `switch`(_ service: ServiceName, to artifact: Artifact?) throws(AgentError) {
        let folder = try OpenFile(folder(of: service), O_RDONLY | O_DIRECTORY)
        if let artifact {
            let name = name(of: artifact)
            guard try holds(artifact, service) else {
                throw .system(ENOENT, "switching to", path(of: artifact, service))
            }
            let new = ".current.new"
            // 0, or -1; a leftover of a crash may be there.
            guard unlinkat(folder.descriptor, new, 0) == 0 || errno == ENOENT,
                symlinkat(Self.currentTarget(name), folder.descriptor, new) == 0,
                renameat(folder.descriptor, new, folder.descriptor, "current") == 0
            else { throw .system(errno, "switching", folder.path + "/current") }
        } else {
            // 0, or -1.
            guard unlinkat(folder.descriptor, "current", 0) == 0 || errno == ENOENT else {
                throw .system(errno, "removing", folder.path + "/current")
            }
        }
        try folder.synchronise()
    }

    /// The name of the release under `current`; nil: none.
    func current(of service: ServiceName) throws(AgentError) -> String? {
        try Files.target(ofLink: folder(of: service) + "/current")?.split(separator: "/").last.map(String.init)
    }

    /// What is wrong with the release that should be under `current`; nil: nothing. Its files are not compared: they are
    /// the service's to read and the bundle's to say.
    func flaw(of artifact: Artifact, _ service: ServiceName) throws(AgentError) -> String? {
        let link = folder(of: service) + "/current"
        let target = Self.currentTarget(name(of: artifact))
        let remedy = "put it back (ln -sfn \(target) \(link)), or deploy again"
        guard try holds(artifact, service) else {
            return "\(path(of: artifact, service)) is gone or another release; deploy again"
        }
        var status = stat()
        // 0, or -1.
        guard lstat(link, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw .system(errno, "looking at", link) }
            return "\(link) is gone; \(remedy)"
        }
        guard status.st_mode & S_IFMT == S_IFLNK else { return "\(link) is no link; remove it, then \(remedy)" }
        let found = try Files.target(ofLink: link)
        return found == target ? nil : "\(link) leads to \(found ?? "nothing"); \(remedy)"
    }

    /// Removes the releases that were prepared longest ago until `count_max` are left, and those that are not needed take
    /// no more than `space_bytes`; never one of `keep`, never the one under `current`. Where nothing of the service is to
    /// be measured, nothing is.
    func prune(_ service: ServiceName, keep: [Digest], count_max: Int, space_bytes: Int? = nil) throws(AgentError) {
        let releases = try byAge(service, keep: keep, isMeasured: space_bytes != nil)
        for name in ReleasePruning.superfluous(releases, count_max: count_max, space_bytes: space_bytes) {
            try remove(name, service)
        }
    }

    /// Removes the oldest release that is neither under `current` nor one of `keep`; returns false when there is none.
    func removeOldest(_ service: ServiceName, keep: [Digest]) throws(AgentError) -> Bool {
        guard let oldest = try byAge(service, keep: keep, isMeasured: false).first(where: { !$0.isNeeded }) else {
            return false
        }
        try remove(oldest.name, service)
        return true
    }

    /// What those take that `removeOldest` would remove.
    func superfluous_bytes(_ service: ServiceName, keep: [Digest]) throws(AgentError) -> Int {
        try byAge(service, keep: keep, isMeasured: true).filter { !$0.isNeeded }.map(\.bytes).reduce(0, +)
    }

    /// The digests of the newest releases of every service, at most so many of each.
    func newestDigests(count_perService: Int) throws(AgentError) -> Set<Digest> {
        var digests: Set<Digest> = []
        for service in try Files.names(in: root + "/services").compactMap({ ServiceName($0) }) {
            for release in try byAge(service, keep: [], isMeasured: false).suffix(count_perService) {
                if let digest = try digest(ofRelease: release.name, service) { digests.insert(digest) }
            }
            if let current = try current(of: service), let digest = try digest(ofRelease: current, service) {
                digests.insert(digest)
            }
        }
        return digests
    }

    /// The oldest first.
    private func byAge(
        _ service: ServiceName,
        keep: [Digest],
        isMeasured: Bool
    ) throws(AgentError) -> [ReleasePruning.Release] {
        let current = try current(of: service)
        var aged: [(release: ReleasePruning.Release, prepared: timespec)] = []
        for name in try Files.names(in: releases(of: service)) where !name.hasPrefix(".") {
            let digest = try digest(ofRelease: name, service)
            let release = ReleasePruning.Release(
                name: name,
                bytes: isMeasured ? try Files.bytes(below: "\(releases(of: service))/\(name)") : 0,
                isNeeded: name == current || digest.map(keep.contains) ?? false
            )
            aged.append((release, prepared(name, service)))
        }
        return aged.sorted { ($0.prepared.tv_sec, $0.prepared.tv_nsec) < ($1.prepared.tv_sec, $1.prepared.tv_nsec) }
            .map(\.release)
    }

    /// Removes what a crash left: half-unpacked and half-removed releases, and bundles that nobody waits for. Only
    /// before anything else begins.
    func tidy(waitingFor artifacts: [Artifact]) throws {
        for service in try Files.names(in: root + "/services").compactMap({ ServiceName($0) }) {
            let releases = releases(of: service)
            guard try Files.exists(releases) else { continue }
            try removeAbandoned(in: releases)
            for name in try Files.names(in: releases)
            where name.hasPrefix(Self.removedPrefix) || name.hasPrefix(Self.unfinishedPrefix) {
                try Files.remove("\(releases)/\(name)")
            }
        }
        try removeArchives(butOf: artifacts)
    }

    private func removeAbandoned(in releases: String) throws {
        do throws(BundleError) {
            try BundleUnpacker.removeAbandoned(in: releases)
        } catch {
            guard error.code != .flushFailed else { throw error }
            throw AgentError(.fileFailed, at: releases, "\(error)", remedy: "put the folder of releases right")
        }
    }

    /// Removes what fetches left behind whose orders are over, but for the newest `spare_count`: an order that is given
    /// again goes on where the one before stopped.
    func removeArchives(butOf artifacts: [Artifact], spare_count: Int = 0) throws(AgentError) {
        let wanted = artifacts.map(\.digest.hex)
        let leftovers = try Files.names(in: root + "/bundles").filter { !wanted.contains(where: $0.hasPrefix) }
            .map { "\(root)/bundles/\($0)" }
        for path in Files.byAge(leftovers).dropLast(spare_count) { try Files.remove(path) }
    }

    private static let removedPrefix = ".removed-"
    private static let unfinishedPrefix = ".unfinished-"

    /// The release goes out of sight first, so that a crash never leaves half of one under its name.
    private func remove(_ name: String, _ service: ServiceName) throws(AgentError) {
        let hidden = "\(releases(of: service))/\(Self.removedPrefix)\(name)"
        try Files.remove(hidden)
        try Files.rename("\(releases(of: service))/\(name)", to: hidden)
        try Files.remove(hidden)
        try Files.remove(digestPath(name, service))
    }

    /// Where `current` leads, seen from its own folder.
    static func currentTarget(_ name: String) -> String { "releases/\(name)" }

    /// Where the link leads that holds a release's whole digest.
    static func digestTarget(_ artifact: Artifact) -> String { Base64.urlSafe.encode(artifact.digest.bytes) }

    func digestPath(_ name: String, _ service: ServiceName) -> String {
        "\(folder(of: service))/digests/\(name)"
    }

    private func digest(ofRelease name: String, _ service: ServiceName) throws(AgentError) -> Digest? {
        try Files.target(ofLink: digestPath(name, service))
            .flatMap { Base64.urlSafe.decode($0) }.flatMap { Digest(bytes: $0) }
    }

    /// The beginning of time for a release without a note.
    private func prepared(_ name: String, _ service: ServiceName) -> timespec {
        var status = stat()
        // 0, or -1.
        guard lstat(digestPath(name, service), &status) == 0 else { return timespec() }
        return status.st_mtim
    }
}
