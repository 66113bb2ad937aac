import Glibc
import Synchronization
import TimeAndChance
import TrainModel

/// The bundles on their way in. Who pushes the same bytes as somebody else writes into the same file; what nobody pushes
/// any more is kept for a while, within bounds, so that a push can go on.
final class BundleUploads: Sendable {
    /// Of what nobody pushes at the moment.
    struct Limits: Sendable {
        var count_max = 16
        var bytes_max: UInt64 = 8 << 30
        var age_max = Interval.hours(24)
    }

    private struct Place {
        let upload: BundleUpload
        var pushers = 1
    }

    private let folder: String
    private let limits: Limits
    private let places = Mutex<[Digest: Place]>([:])

    private static let suffix = ".part"

    init(folder: String, limits: Limits) {
        self.folder = folder
        self.limits = limits
    }

    private func path(of digest: Digest) -> String { "\(folder)/\(digest.hex)\(Self.suffix)" }

    /// How many bytes a push can leave out; blocks, as all here.
    func stored_bytes(of digest: Digest) -> UInt64 {
        places.withLock { places in
            if let place = places[digest] { return place.upload.stored_bytes }
            var status = stat()
            // 0: it is there; -1: it is not, or cannot be seen, which is the same to whoever asks.
            return stat(path(of: digest), &status) == 0 ? UInt64(clamping: status.st_size) : 0
        }
    }

    /// Joins those who push these bytes. Alone, it decides from where on: what is there behind is forgotten, so that
    /// whoever sends all is sure to have sent all.
    ///
    /// - Parameter kept_bytes: the length of the bundle when it is here already.
    func begin(_ digest: Digest, from offset_bytes: UInt64, kept_bytes: () -> UInt64?) throws -> BundleUpload {
        let upload = try places.withLock { places in
            if let place = places[digest], !place.upload.hasFailed {
                places[digest]?.pushers += 1
                return place.upload
            }
            // Under the lock, in which a bundle that nobody names is removed.
            let upload =
                if let length_bytes = kept_bytes() {
                    BundleUpload(complete: digest, length_bytes: length_bytes)
                } else { try BundleUpload(digest, at: path(of: digest)) }
            try upload.cut(to: offset_bytes)
            places[digest] = Place(upload: upload)
            return upload
        }
        do {
            _ = try sweep(now_s: time(nil))
        } catch {
            end(upload) { _ in }
            throw error
        }
        return upload
    }

    /// `body` runs before anybody can begin another push of the same.
    func end(_ upload: BundleUpload, _ body: (_ isLast: Bool) -> Void) {
        places.withLock { places in
            // Another one has taken the place of one that failed.
            guard let place = places[upload.digest], place.upload === upload else { return body(false) }
            let isLast = place.pushers == 1
            if isLast { places[upload.digest] = nil } else { places[upload.digest]?.pushers -= 1 }
            body(isLast)
        }
    }

    /// Runs `body` unless somebody pushes these bytes, and keeps everybody from beginning meanwhile.
    func unlessPushed(_ digest: Digest, _ body: () throws -> Void) rethrows {
        try places.withLock { places in
            if places[digest] == nil { try body() }
        }
    }

    /// Removes what nobody pushes and is too old or too much, the oldest first. Returns how many went.
    func sweep(now_s: Int) throws -> Int {
        try places.withLock { places in
            let pushed = Set(places.keys.map { "\($0.hex)\(Self.suffix)" })
            var idle: [(path: String, bytes: UInt64, written_s: Int)] = []
            for name in try FolderNames.read(folder) where name.hasSuffix(Self.suffix) && !pushed.contains(name) {
                // What else somebody has put there is none of ours.
                guard Digest(hex: name.dropLast(Self.suffix.count)) != nil else { continue }
                var status = stat()
                // 0; -1: it is gone already.
                guard stat("\(folder)/\(name)", &status) == 0 else { continue }
                idle.append(("\(folder)/\(name)", UInt64(clamping: status.st_size), status.st_mtim.tv_sec))
            }
            idle.sort { ($0.written_s, $0.path) < ($1.written_s, $1.path) }
            var (count, bytes) = (idle.count, idle.reduce(0) { $0 + $1.bytes })
            for part in idle {
                let isOld = part.written_s < now_s - Int(limits.age_max.ms / 1_000)
                guard isOld || count > limits.count_max || bytes > limits.bytes_max else { break }
                guard unlink(part.path) == 0 || errno == ENOENT else { throw DiskFailure("remove", part.path) }
                (count, bytes) = (count - 1, bytes - part.bytes)
            }
            return idle.count - count
        }
    }
}
