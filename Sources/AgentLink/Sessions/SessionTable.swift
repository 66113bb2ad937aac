import TrainModel

/// Which connections each host has: at most one session, and whatever else it has opened.
///
/// The newest session wins. It opens only after the older one has been reported closed, so that for every host the
/// service sees open, close, open, close, whatever threads they happen on.
struct SessionTable<Connection: AnyObject> {
    fileprivate struct Entry {
        /// Opened, or being opened.
        var current: Connection?
        /// Waits until `current` is closed.
        var next: Connection?
        /// Admitted and not (yet) a session: before their hello, or carrying bundles.
        var others: [ObjectIdentifier: Connection] = [:]

        var isEmpty: Bool { current == nil && next == nil && others.isEmpty }
    }

    private var entries: [HostKey: Entry] = [:]
    private(set) var count = 0

    /// A connection of this host was admitted.
    mutating func admit(_ connection: Connection, of host: HostKey) {
        entries[host, default: Entry()].others[ObjectIdentifier(connection)] = connection
    }

    /// How many connections a host has beside its session.
    func otherCount(of host: HostKey) -> Int { entries[host]?.others.count ?? 0 }

    enum ClaimAction {
        case open
        /// Close these as replaced; the claimant opens when `release` hands it out.
        case wait(replaced: [Connection])
    }

    /// An admitted connection has said hello and wants to be the host's session.
    mutating func claim(_ connection: Connection, of host: HostKey) -> ClaimAction {
        var entry = entries[host] ?? Entry()
        entry.others[ObjectIdentifier(connection)] = nil
        defer { entries[host] = entry }
        guard let current = entry.current else {
            entry.current = connection
            count += 1
            return .open
        }
        let replaced = [current, entry.next].compactMap(\.self)
        entry.next = connection
        return .wait(replaced: replaced)
    }

    /// A connection has ended, and if it was the session, the service has been told.
    ///
    /// - Returns: the connection that waited for this and may open now.
    mutating func release(_ connection: Connection, of host: HostKey) -> Connection? {
        guard var entry = entries[host] else { return nil }
        var opened: Connection?
        if entry.current === connection {
            entry.current = entry.next
            entry.next = nil
            opened = entry.current
            if opened == nil { count -= 1 }
        } else if entry.next === connection {
            entry.next = nil
        } else {
            entry.others[ObjectIdentifier(connection)] = nil
        }
        entries[host] = entry.isEmpty ? nil : entry
        return opened
    }

    /// The host's session; nil: it has none, or not yet.
    func session(of host: HostKey) -> Connection? { entries[host]?.current }

    /// Everything the host has open.
    func all(of host: HostKey) -> [Connection] {
        guard let entry = entries[host] else { return [] }
        return [entry.current, entry.next].compactMap(\.self) + entry.others.values
    }

    /// Everything there is.
    var all: [Connection] { entries.keys.flatMap { all(of: $0) } }
}

extension SessionTable.Entry: Sendable where Connection: Sendable {}
extension SessionTable: Sendable where Connection: Sendable {}
