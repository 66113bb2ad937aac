import EventStore
import Foundation
import OrderedCollections
import ReleaseDecisions
import Synchronization
import TimeAndChance
import TrainModel

/// A release as it was once, and the same as JSON, written once for everybody who asks.
public final class ReleasePicture: Sendable {
    public let view: ReleaseView
    /// Another one than an earlier picture's when it shows anything else but the instant.
    let revision: UInt64
    private let written = Mutex<[UInt8]?>(nil)

    init(_ view: ReleaseView, revision: UInt64) {
        self.view = view
        self.revision = revision
    }

    /// With sorted keys, on one line.
    public func json() throws -> [UInt8] {
        try written.withLock { written in
            if let written { return written }
            let bytes = try ViewCoding.encode(view)
            written = bytes
            return bytes
        }
    }
}

/// How views are written: sorted keys, one line.
public enum ViewCoding {
    public static func encode(_ view: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(view))
    }
}

/// The train as it is now. A value: whoever holds it looks at leisure while decisions go on.
struct Look: Sendable {
    let train: Train
    let now: Instant
    /// When it was taken, at the latest.
    let taken: ContinuousClock.Instant
    /// Durable with everything that the train knows.
    let ticket: Ticket
}

/// Pictures of the releases, each made once per change, outside the decisions' lock, and shared by everybody who looks.
actor Gallery {
    private struct Entry {
        let taken: ContinuousClock.Instant
        let picture: ReleasePicture
        let ticket: Ticket
    }

    private let age_max: Duration
    private let clock = ContinuousClock()
    private var entries: [ReleaseID: Entry] = [:]

    /// - Parameter age_max: the instant that a picture names, and with it every age in it, may be so old.
    init(age_max: Duration = .seconds(1)) {
        self.age_max = age_max
    }

    /// The present picture; nil if there is no such release.
    ///
    /// - Parameter pace: no sooner after the last one, unless somebody else has asked for one meanwhile.
    func picture(
        of id: ReleaseID,
        pace: Duration = .zero,
        revision: @Sendable () throws -> UInt64?,
        look: @Sendable () throws -> Look
    ) async throws -> (picture: ReleasePicture, ticket: Ticket)? {
        let asked = clock.now
        while let entry = entries[id] {
            let age = clock.now - entry.taken
            let isPresent = try entry.picture.revision == revision() && age < age_max
            if isPresent || entry.taken > asked { return (entry.picture, entry.ticket) }
            guard age < pace else { break }
            try await Task.sleep(for: pace - age)
        }
        return make(id, try look())
    }

    /// Every release, the newest first. Ended ones are not looked at again.
    func pictures(_ look: Look) -> [ReleasePicture] {
        let state = look.train.state
        entries = entries.filter { state.releases[$0.key] != nil }
        return state.releases.keys.reversed().compactMap { id in
            if let entry = entries[id],
                entry.picture.revision == look.train.revision(of: id) || entry.picture.view.state.hasEnded
            {
                return entry.picture
            }
            return make(id, look)?.picture
        }
    }

    private func make(_ id: ReleaseID, _ look: Look) -> (picture: ReleasePicture, ticket: Ticket)? {
        guard let view = look.train.view(of: id, at: look.now), let revision = look.train.revision(of: id) else {
            entries[id] = nil
            return nil
        }
        // Of two looks the later one stays.
        if let entry = entries[id], entry.taken > look.taken { return (entry.picture, entry.ticket) }
        let picture = ReleasePicture(view, revision: revision)
        entries[id] = Entry(taken: look.taken, picture: picture, ticket: look.ticket)
        return (picture, look.ticket)
    }
}
