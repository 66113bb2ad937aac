import AgentLink
import OrderedCollections
import TimeAndChance
import TrainModel

/// Who of a region fetches a bundle from the controller, and who waits until a neighbour has it. Decides only.
///
/// So that one copy crosses to a region, few of its hosts are served at once while one of them will share; the others
/// wait, and are sent to it. Nobody waits for ever, nor for somebody who shares with nobody.
struct RegionCopies {
    struct Limits {
        /// Hosts of a region that are served the same bundle at once, where one of them shares.
        var served_max = 1
        /// Each time so long has passed the controller serves one more, however many it serves already.
        var wait_max = Interval.seconds(60)
        /// From the last byte until the host says that it has the bundle, verified.
        var settling_max = Interval.seconds(10)
    }

    enum Answer: Hashable {
        case serve
        /// None: whoever asked waits no longer, and is served when it asks for itself alone.
        case neighbours([BundleNeighbour])
    }

    /// What somebody who has asked is told now.
    struct Reply: Hashable {
        let ticket: UInt64
        let answer: Answer
    }

    private static let neighbours_max = 3
    /// What a host has said to have and is remembered; it prunes its own and says no then.
    private static let held_max = 8

    private struct Subject: Hashable {
        let region: RegionName
        let digest: Digest
    }

    private struct Waiting {
        let ticket: UInt64
        let host: HostKey
        var until: Instant
    }

    private struct Copies {
        var served: OrderedDictionary<UInt64, HostKey> = [:]
        /// They have all bytes, and will have said so by then.
        var settling: OrderedDictionary<HostKey, Instant> = [:]
        var waiting: [Waiting] = []
        var holders: OrderedSet<HostKey> = []
        /// How many were sent to holders, so that each gets its turn.
        var sent_count = 0

        var isEmpty: Bool { served.isEmpty && settling.isEmpty && waiting.isEmpty && holders.isEmpty }
    }

    private let limits: Limits
    private var copies: OrderedDictionary<Subject, Copies> = [:]
    private var addresses: [HostKey: NetworkAddress] = [:]
    private var held: [HostKey: [Digest]] = [:]
    private var subjects: [UInt64: Subject] = [:]

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    // MARK: what happens

    /// A host has a session, shares at this address if at any, and has these, the newest last.
    mutating func linked(_ host: HostKey, at address: NetworkAddress?, has digests: [Digest], now: Instant) -> [Reply] {
        let left = unlinked(host, now: now)
        guard let address else { return left }
        addresses[host] = address
        return left + digests.suffix(Self.held_max).flatMap { holds(host, $0, now: now) }
    }

    /// Its session is over: it can be asked for nothing.
    mutating func unlinked(_ host: HostKey, now: Instant) -> [Reply] {
        addresses[host] = nil
        held[host] = nil
        var replies: [Reply] = []
        for subject in copies.keys where subject.region == host.region {
            copies[subject]?.holders.remove(host)
            copies[subject]?.settling[host] = nil
            replies += settle(subject, now)
        }
        return replies
    }

    /// A host has a bundle, verified.
    mutating func holds(_ host: HostKey, _ digest: Digest, now: Instant) -> [Reply] {
        guard addresses[host] != nil else { return [] }
        let subject = Subject(region: host.region, digest: digest)
        copies[subject, default: Copies()].holders.append(host)
        copies[subject]?.settling[host] = nil
        held[host, default: []].removeAll { $0 == digest }
        held[host, default: []].append(digest)
        if let known = held[host], known.count > Self.held_max {
            copies[Subject(region: host.region, digest: known[0])]?.holders.remove(host)
            held[host]?.removeFirst()
        }
        return settle(subject, now)
    }

    /// A host asks for a bundle; `takesNeighbours`: it can be sent elsewhere.
    mutating func asked(
        _ ticket: UInt64,
        _ host: HostKey,
        _ digest: Digest,
        takesNeighbours: Bool,
        now: Instant
    ) -> [Reply] {
        let subject = Subject(region: host.region, digest: digest)
        subjects[ticket] = subject
        guard takesNeighbours else {
            copies[subject, default: Copies()].served[ticket] = host
            return [Reply(ticket: ticket, answer: .serve)]
        }
        // One place for each host: a link that comes and goes leaves many behind.
        let older = copies[subject]?.waiting.first { $0.host == host }
        let overtaken = older.map { left($0.ticket, now: now) } ?? []
        let waiting = Waiting(ticket: ticket, host: host, until: older?.until ?? now + limits.wait_max)
        copies[subject, default: Copies()].waiting.append(waiting)
        return overtaken + settle(subject, now)
    }

    /// Whoever waits with this ticket is gone.
    mutating func left(_ ticket: UInt64, now: Instant) -> [Reply] {
        guard let subject = subjects[ticket],
            let place = copies[subject]?.waiting.firstIndex(where: { $0.ticket == ticket })
        else { return [] }
        copies[subject]?.waiting.remove(at: place)
        subjects[ticket] = nil
        return [Reply(ticket: ticket, answer: .neighbours([]))] + settle(subject, now)
    }

    /// Somebody who was served has all bytes, or is gone.
    mutating func ended(_ ticket: UInt64, isSent: Bool, now: Instant) -> [Reply] {
        guard let subject = subjects.removeValue(forKey: ticket),
            let host = copies[subject]?.served.removeValue(forKey: ticket)
        else { return [] }
        if isSent, addresses[host] != nil, copies[subject]?.holders.contains(host) == false {
            copies[subject]?.settling[host] = now + limits.settling_max
        }
        return settle(subject, now)
    }

    /// The time that `next` named has come.
    mutating func looked(now: Instant) -> [Reply] {
        var replies: [Reply] = []
        for subject in copies.keys { replies += settle(subject, now) }
        return replies
    }

    /// When something is to be looked at although nothing happens; nil: nobody waits.
    var next: Instant? {
        copies.values.flatMap { $0.waiting.map(\.until) + $0.settling.values }.min()
    }

    // MARK: who gets what

    private mutating func settle(_ subject: Subject, _ now: Instant) -> [Reply] {
        guard var copies = copies[subject] else { return [] }
        copies.settling = copies.settling.filter { $0.value > now }
        var replies: [Reply] = []
        var still: [Waiting] = []
        var isOverdueServed = false
        for var waiting in copies.waiting {
            // One at a time: a copy that takes minutes is no reason to send all the others beside it.
            if isOverdueServed { waiting.until = max(waiting.until, now + limits.wait_max) }
            if let neighbours = neighbours(of: waiting.host, &copies) {
                subjects[waiting.ticket] = nil
                replies.append(Reply(ticket: waiting.ticket, answer: .neighbours(neighbours)))
            } else if mayBeServed(waiting, copies, now) {
                isOverdueServed = isOverdueServed || waiting.until <= now
                copies.served[waiting.ticket] = waiting.host
                replies.append(Reply(ticket: waiting.ticket, answer: .serve))
            } else {
                still.append(waiting)
            }
        }
        copies.waiting = still
        self.copies[subject] = copies.isEmpty ? nil : copies
        return replies
    }

    private func neighbours(of host: HostKey, _ copies: inout Copies) -> [BundleNeighbour]? {
        let others = Array(copies.holders.filter { $0 != host })
        guard !others.isEmpty else { return nil }
        let first = copies.sent_count % others.count
        copies.sent_count += 1
        return (others[first...] + others[..<first]).prefix(Self.neighbours_max).compactMap { holder in
            addresses[holder].map { BundleNeighbour(host: holder.host, address: $0) }
        }
    }

    private func mayBeServed(_ waiting: Waiting, _ copies: Copies, _ now: Instant) -> Bool {
        let under_way = copies.served.count + copies.settling.count
        let someShares = !copies.settling.isEmpty || copies.served.values.contains { addresses[$0] != nil }
        return under_way < limits.served_max || !someShares || waiting.until <= now
    }
}
