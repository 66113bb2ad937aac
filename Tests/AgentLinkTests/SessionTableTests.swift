import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

struct SessionTableTests {
    final class Connection: Sendable {}

    let host = Sample.host(1)

    private func replaced(_ action: SessionTable<Connection>.ClaimAction) -> [ObjectIdentifier]? {
        if case .wait(let replaced) = action { replaced.map(ObjectIdentifier.init) } else { nil }
    }

    @Test func `the first connection opens at once`() {
        var table = SessionTable<Connection>()
        let connection = Connection()
        table.admit(connection, of: host)
        #expect(table.session(of: host) == nil)
        #expect(replaced(table.claim(connection, of: host)) == nil)
        #expect(table.session(of: host) === connection)
        #expect(table.count == 1)
    }

    @Test func `the newest wins, and opens only when the older one is closed`() {
        var table = SessionTable<Connection>()
        let older = Connection()
        let newer = Connection()
        _ = table.claim(older, of: host)
        #expect(replaced(table.claim(newer, of: host)) == [ObjectIdentifier(older)])
        #expect(table.session(of: host) === older)
        #expect(table.release(older, of: host) === newer)
        #expect(table.session(of: host) === newer)
        #expect(table.release(newer, of: host) == nil)
        #expect(table.session(of: host) == nil)
        #expect(table.count == 0)
    }

    @Test func `a third connection replaces the one that waits`() {
        var table = SessionTable<Connection>()
        let (first, second, third) = (Connection(), Connection(), Connection())
        _ = table.claim(first, of: host)
        _ = table.claim(second, of: host)
        #expect(replaced(table.claim(third, of: host)) == [ObjectIdentifier(first), ObjectIdentifier(second)])
        #expect(table.release(second, of: host) == nil)
        #expect(table.release(first, of: host) === third)
    }

    @Test func `everything that a host has open is found`() {
        var table = SessionTable<Connection>()
        let (session, waiting, bundle) = (Connection(), Connection(), Connection())
        for connection in [session, waiting, bundle] { table.admit(connection, of: host) }
        _ = table.claim(session, of: host)
        _ = table.claim(waiting, of: host)
        #expect(table.all(of: host).count == 3)
        #expect(table.all(of: Sample.host(2)).isEmpty)
        #expect(table.otherCount(of: host) == 1)
        _ = table.release(bundle, of: host)
        #expect(table.all(of: host).count == 2)
    }

    @Test(arguments: 0..<60) func `each host has at most one open session, and in the end none is forgotten`(
        seed: UInt64
    ) {
        var chance = SeededGenerator(seed: seed)
        var table = SessionTable<Connection>()
        var alive: [Connection] = []
        var open: Connection?
        for _ in 0..<100 {
            if Bool.random(using: &chance) {
                let connection = Connection()
                table.admit(connection, of: host)
                alive.append(connection)
                if case .open = table.claim(connection, of: host) {
                    #expect(open == nil)
                    open = connection
                }
            } else if let index = alive.indices.randomElement(using: &chance) {
                let connection = alive.remove(at: index)
                if open === connection { open = nil }
                if let next = table.release(connection, of: host) {
                    #expect(open == nil)
                    #expect(alive.contains { $0 === next })
                    open = next
                }
            }
            #expect(table.session(of: host) === open)
            // Somebody is open whenever somebody wants to be and nobody is in the way.
            if open == nil { #expect(table.all(of: host).isEmpty || !alive.isEmpty) }
        }
        for connection in alive { _ = table.release(connection, of: host) }
        #expect(table.all.isEmpty)
        #expect(table.count == 0)
    }
}
