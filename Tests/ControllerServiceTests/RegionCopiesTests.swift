import AgentLink
import Testing
import TimeAndChance
import TrainModel

@testable import ControllerService

/// Who of a region fetches from the controller, as a story without sockets.
@Suite(.timeLimit(.minutes(10))) struct RegionCopiesTests {
    private let began = Instant(unix_ms: 1_000_000)
    private let digest: Digest
    private let hosts: [HostKey]

    init() throws {
        digest = try #require(Digest(bytes: [UInt8](repeating: 1, count: 32)))
        let region = try #require(RegionName("westus3"))
        hosts = try (1...9).map { HostKey(region: region, host: try #require(HostName("h\($0)"))) }
    }

    private func address(_ host: HostKey) throws -> NetworkAddress {
        try #require(NetworkAddress("\(host.host).example.com:7444"))
    }

    /// All hosts have sessions; these share.
    private func copies(sharing: Range<Int>, served_max: Int = 1) throws -> RegionCopies {
        var copies = RegionCopies(RegionCopies.Limits(served_max: served_max))
        for (number, host) in hosts.enumerated() {
            let address = sharing.contains(number) ? try address(host) : nil
            #expect(copies.linked(host, at: address, has: [], now: began).isEmpty)
        }
        return copies
    }

    private func ask(_ copies: inout RegionCopies, _ number: Int, at now: Instant? = nil) -> [RegionCopies.Reply] {
        copies.asked(UInt64(number), hosts[number], digest, takesNeighbours: true, now: now ?? began)
    }

    private func served(_ numbers: Int...) -> [RegionCopies.Reply] {
        numbers.map { RegionCopies.Reply(ticket: UInt64($0), answer: .serve) }
    }

    @Test func `one of a region is served, and the others are sent to it when it has the bundle`() throws {
        var copies = try copies(sharing: 0..<1)
        #expect(ask(&copies, 0) == served(0))
        #expect(ask(&copies, 1).isEmpty)
        #expect(ask(&copies, 2).isEmpty)
        // All bytes are there, and nobody knows yet that they are right.
        #expect(copies.ended(0, isSent: true, now: began).isEmpty)
        let neighbour = BundleNeighbour(host: hosts[0].host, address: try address(hosts[0]))
        let told = copies.holds(hosts[0], digest, now: began)
        #expect(told == [1, 2].map { RegionCopies.Reply(ticket: $0, answer: .neighbours([neighbour])) })
        #expect(ask(&copies, 3) == [RegionCopies.Reply(ticket: 3, answer: .neighbours([neighbour]))])
        #expect(copies.next == nil)
    }

    @Test func `nobody waits for somebody who shares with nobody`() throws {
        var copies = try copies(sharing: 0..<0)
        for number in 0..<9 { #expect(ask(&copies, number) == served(number)) }
        #expect(copies.next == nil)
    }

    @Test func `nobody waits longer than a minute`() throws {
        var copies = try copies(sharing: 0..<9)
        #expect(ask(&copies, 0) == served(0))
        #expect(ask(&copies, 1).isEmpty)
        #expect(copies.next == began + .seconds(60))
        #expect(copies.looked(now: began + .milliseconds(59_999)).isEmpty)
        #expect(copies.looked(now: began + .seconds(60)) == served(1))
        #expect(copies.next == nil)
    }

    @Test func `a copy that takes long lets one more be served each minute, not all at once`() throws {
        var copies = try copies(sharing: 0..<9)
        #expect(ask(&copies, 0) == served(0))
        for number in 1..<4 { #expect(ask(&copies, number).isEmpty) }
        #expect(copies.looked(now: began + .seconds(60)) == served(1))
        #expect(copies.looked(now: began + .seconds(119)).isEmpty)
        #expect(copies.looked(now: began + .seconds(120)) == served(2))
        #expect(copies.looked(now: began + .seconds(180)) == served(3))
    }

    @Test func `whoever is gone before the end makes way for the next`() throws {
        var copies = try copies(sharing: 0..<9)
        #expect(ask(&copies, 0) == served(0))
        #expect(ask(&copies, 1).isEmpty)
        #expect(ask(&copies, 2).isEmpty)
        #expect(copies.ended(0, isSent: false, now: began) == served(1))
        // What ends twice has ended once.
        #expect(copies.ended(0, isSent: false, now: began).isEmpty)
    }

    @Test func `whoever leaves while it waits takes nobody's turn`() throws {
        var copies = try copies(sharing: 0..<9)
        #expect(ask(&copies, 0) == served(0))
        for number in 1..<3 { #expect(ask(&copies, number).isEmpty) }
        #expect(copies.left(1, now: began) == [RegionCopies.Reply(ticket: 1, answer: .neighbours([]))])
        #expect(copies.left(1, now: began).isEmpty)
        #expect(copies.looked(now: began + .seconds(60)) == served(2))
        // Who is served ends, and does not leave.
        #expect(copies.left(2, now: began).isEmpty)
        #expect(copies.next == nil)
    }

    @Test func `a host that asks again and again waits once, as long as it would have with its first`() throws {
        var copies = try copies(sharing: 0..<9)
        #expect(ask(&copies, 0) == served(0))
        #expect(ask(&copies, 1).isEmpty)
        for ticket in 100..<200 as Range<UInt64> {
            let replies = copies.asked(
                ticket,
                hosts[1],
                digest,
                takesNeighbours: true,
                now: began + .milliseconds(Int64(ticket))
            )
            #expect(replies.map(\.ticket) == [ticket == 100 ? 1 : ticket - 1])
            #expect(replies.map(\.answer) == [.neighbours([])])
        }
        #expect(copies.looked(now: began + .seconds(60)) == [RegionCopies.Reply(ticket: 199, answer: .serve)])
    }

    @Test func `a wait that is cancelled ends`() async throws {
        let desk = CopyDesk(RegionCopies.Limits()) { [began] in began }
        for host in hosts { desk.linked(host, at: try address(host), has: []) }
        #expect(await desk.ask(hosts[0], digest, takesNeighbours: true).answer == .serve)
        let wait = Task { [hosts, digest] in await desk.ask(hosts[1], digest, takesNeighbours: true).answer }
        wait.cancel()
        #expect(await wait.value == .neighbours([]))
    }

    @Test func `a host that has all bytes and does not say that they are right is waited for ten seconds`() throws {
        var copies = try copies(sharing: 0..<9)
        #expect(ask(&copies, 0) == served(0))
        #expect(ask(&copies, 1).isEmpty)
        #expect(copies.ended(0, isSent: true, now: began).isEmpty)
        #expect(copies.next == began + .seconds(10))
        #expect(copies.looked(now: began + .seconds(10)) == served(1))
    }

    @Test func `a host without a session is nobody's neighbour`() throws {
        var copies = try copies(sharing: 0..<9)
        #expect(copies.holds(hosts[0], digest, now: began).isEmpty)
        #expect(copies.unlinked(hosts[0], now: began).isEmpty)
        #expect(ask(&copies, 1) == served(1))
        // It comes back and runs the version.
        #expect(copies.linked(hosts[0], at: try address(hosts[0]), has: [digest], now: began).isEmpty)
        guard case .neighbours(let neighbours)? = ask(&copies, 2).first?.answer else {
            Issue.record("nobody was named")
            return
        }
        #expect(neighbours.map(\.host) == [hosts[0].host])
    }

    @Test func `a session that ends while its host is awaited lets the next be served`() throws {
        var copies = try copies(sharing: 0..<9)
        #expect(ask(&copies, 0) == served(0))
        #expect(ask(&copies, 1).isEmpty)
        _ = copies.ended(0, isSent: true, now: began)
        #expect(copies.unlinked(hosts[0], now: began) == served(1))
    }

    @Test func `who can be sent nowhere is served at once`() throws {
        var copies = try copies(sharing: 0..<9)
        #expect(ask(&copies, 0) == served(0))
        #expect(copies.asked(1, hosts[1], digest, takesNeighbours: false, now: began) == served(1))
    }

    @Test func `regions do not wait for each other`() throws {
        var copies = try copies(sharing: 0..<9)
        let elsewhere = HostKey(region: try #require(RegionName("eastus")), host: hosts[0].host)
        #expect(ask(&copies, 0) == served(0))
        #expect(copies.asked(1, elsewhere, digest, takesNeighbours: true, now: began) == served(1))
    }

    @Test func `those who have it take turns, and at most three are named`() throws {
        var copies = try copies(sharing: 0..<9)
        for number in 0..<4 { _ = copies.holds(hosts[number], digest, now: began) }
        var first: [HostName] = []
        for number in 4..<8 {
            guard case .neighbours(let neighbours)? = ask(&copies, number).first?.answer else { continue }
            #expect(neighbours.count == 3)
            first.append(neighbours[0].host)
        }
        #expect(Set(first) == Set(hosts[0..<4].map(\.host)))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `whatever happens, everybody is answered once and few are served at a time`(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        var copies = try copies(sharing: 0..<5, served_max: 2)
        var now = began
        var asked: Set<UInt64> = []
        var open: Set<UInt64> = []
        var ticket: UInt64 = 0
        func take(_ replies: [RegionCopies.Reply]) {
            for reply in replies {
                #expect(asked.remove(reply.ticket) != nil, "answered twice, or never asked")
                if reply.answer == .serve { open.insert(reply.ticket) }
            }
        }
        for _ in 0..<300 {
            let host = hosts[Int.random(in: 0..<9, using: &chance)]
            now = now + Interval(ms: .random(in: 0...3_000, using: &chance))
            switch Int.random(in: 0..<7, using: &chance) {
            case 0, 1:
                ticket += 1
                asked.insert(ticket)
                take(copies.asked(ticket, host, digest, takesNeighbours: .random(using: &chance), now: now))
            case 2: take(copies.holds(host, digest, now: now))
            case 3: take(copies.unlinked(host, now: now))
            case 5: take(copies.left(.random(in: 0...ticket, using: &chance), now: now))
            case 4: take(copies.linked(host, at: try address(host), has: [], now: now))
            default:
                guard let ended = open.sorted().first else { continue }
                open.remove(ended)
                take(copies.ended(ended, isSent: .random(using: &chance), now: now))
            }
            take(copies.looked(now: now))
        }
        for minute in 2..<400 { take(copies.looked(now: now + .minutes(Int64(minute)))) }
        #expect(asked.isEmpty, "somebody waits for ever")
    }
}
