import NIOCore
import NIOEmbedded
import TLSChannel
import Testing

/// Bytes that no honest peer sends: they may end the connection, nothing else.
@Suite struct HostileBytesTests {
    @Test func `random bytes end the connection or wait for more`() throws {
        var chance = Chance(seed: 4)
        let (client, server) = (try clientContext(), try serverContext())
        for round in 0..<2000 {
            let end = round % 2 == 0 ? try End.server(server) : try End.client(client)
            var bytes = chance.bytes(Int.random(in: 1...600, using: &chance))
            // Half of them at least look like a handshake record.
            if round % 4 < 2 { bytes.replaceSubrange(0..<min(3, bytes.count), with: [22, 3, 1].prefix(bytes.count)) }
            try end.receive(bytes)
            #expect(end.seen.agreement == nil && end.seen.bytes.isEmpty)
            #expect(end.seen.errors.count == (end.seen.isInactive ? 1 : 0))
            end.dispose()
        }
    }

    @Test func `plain text is answered with an error that names it`() throws {
        let end = try End.server(serverContext())
        defer { end.dispose() }
        try end.receive("GET / HTTP/1.1\r\n\r\n".utf8)
        #expect(end.seen.errors.map(\.code) == [.handshakeFailed])
        #expect(end.seen.errors.first?.sentence.contains("http request") == true)
    }

    @Test func `mutated handshakes never bring a byte past the check`() throws {
        var chance = Chance(seed: 5)
        let (client, server) = (try clientContext(), try serverContext())
        var survived = 0
        for _ in 0..<600 {
            let pair = try Pair(client: client, server: server)
            pair.client.write(Array("secret".utf8))
            var flight = Int.random(in: 0...2, using: &chance)
            for step in 0..<6 {
                let (from, to) = step % 2 == 0 ? (pair.client, pair.server) : (pair.server, pair.client)
                var bytes = try from.takeSent()
                if flight == 0, !bytes.isEmpty { mutate(&bytes, &chance) }
                flight -= 1
                if to.channel.isActive { try to.receive(bytes) }
            }
            // A change in what is not authenticated (a record's legacy version) is harmless; anything else is fatal.
            let arrived = pair.server.seen.bytes
            #expect(arrived.isEmpty || arrived == Array("secret".utf8))
            if !arrived.isEmpty { survived += 1 }
            pair.dispose()
        }
        #expect(survived < 300)
    }

    @Test func `mutated records after the handshake never deliver what was not sent`() throws {
        var chance = Chance(seed: 6)
        let (client, server) = (try clientContext(), try serverContext())
        for _ in 0..<300 {
            let pair = try Pair(client: client, server: server)
            try pair.exchange()
            let sent = chance.bytes(200)
            pair.client.write(sent)
            var bytes = try pair.client.takeSent()
            mutate(&bytes, &chance)
            try pair.server.receive(bytes)
            #expect(sent.starts(with: pair.server.seen.bytes))
            pair.dispose()
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ chance: inout Chance) {
        switch Int.random(in: 0...4, using: &chance) {
        case 0:  // one bit
            bytes[Int.random(in: bytes.indices, using: &chance)] ^= 1 << UInt8.random(in: 0...7, using: &chance)
        case 1:  // some bytes
            for _ in 0..<8 { bytes[Int.random(in: bytes.indices, using: &chance)] = chance.bytes(1)[0] }
        case 2:  // cut out
            let start = Int.random(in: bytes.indices, using: &chance)
            bytes.removeSubrange(start..<min(bytes.endIndex, start + Int.random(in: 1...40, using: &chance)))
        case 3:  // put in
            let start = Int.random(in: bytes.indices, using: &chance)
            bytes.insert(contentsOf: chance.bytes(Int.random(in: 1...40, using: &chance)), at: start)
        default:  // said twice
            bytes += bytes
        }
    }
}
