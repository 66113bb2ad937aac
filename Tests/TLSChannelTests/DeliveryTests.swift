import NIOCore
import NIOEmbedded
import TLSChannel
import Testing

/// The same bytes, cut in every way.
@Suite struct DeliveryTests {
    @Test func `byte by byte delivery changes nothing`() throws {
        let pair = try Pair(client: clientContext(), server: serverContext())
        defer { pair.dispose() }
        pair.client.write(Array("to the server".utf8))
        try pair.exchange { _ in 1 }
        pair.server.write(Array("to the client".utf8))
        try pair.exchange { _ in 1 }
        #expect(pair.server.seen.bytes == Array("to the server".utf8))
        #expect(pair.client.seen.bytes == Array("to the client".utf8))
        #expect(pair.client.seen.agreement?.alpn == "wavetrain/1")
        #expect(pair.server.seen.agreement?.sni == Certificates.serverDNS)
    }

    @Test func `a handshake cut at random always comes to the same agreement`() throws {
        var chance = Chance(seed: 1)
        let (client, server) = (try clientContext(), try serverContext())
        for _ in 0..<150 {
            let pair = try Pair(client: client, server: server)
            let early = chance.bytes(Int.random(in: 1...3000, using: &chance))
            pair.client.write(early)
            let most = Int.random(in: 1...700, using: &chance)
            try pair.exchange { _ in Int.random(in: 1...most, using: &chance) }
            #expect(pair.client.seen.agreement?.alpn == "wavetrain/1")
            #expect(pair.server.seen.bytes == early)
            #expect(pair.client.seen.errors.isEmpty && pair.server.seen.errors.isEmpty)
            pair.dispose()
        }
    }

    @Test func `thousands of random writes cut at random arrive whole and in order`() throws {
        var chance = Chance(seed: 2)
        let pair = try Pair(client: clientContext(), server: serverContext())
        defer { pair.dispose() }
        var (toServer, toClient): ([UInt8], [UInt8]) = ([], [])
        for _ in 0..<3000 {
            for (end, isClient) in [(pair.client, true), (pair.server, false)] {
                for _ in 0..<Int.random(in: 0...3, using: &chance) {
                    let size = Bool.random(using: &chance) ? 40 : 2000
                    let bytes = chance.bytes(Int.random(in: 0...size, using: &chance))
                    end.channel.write(ByteBuffer(bytes: bytes), promise: nil)
                    if isClient { toServer += bytes } else { toClient += bytes }
                }
                end.channel.flush()
            }
            let most = Int.random(in: 1...20_000, using: &chance)
            try pair.exchange { _ in Int.random(in: 1...most, using: &chance) }
        }
        #expect(pair.server.seen.bytes == toServer)
        #expect(pair.client.seen.bytes == toClient)
    }

    @Test func `writes around the size of a record and of a chunk arrive whole`() throws {
        var chance = Chance(seed: 3)
        let pair = try Pair(client: clientContext(), server: serverContext())
        defer { pair.dispose() }
        var sent: [UInt8] = []
        for size in [0, 1, 16_383, 16_384, 16_385, 65_447, 65_448, 65_449, 65_536, 200_000, 1_000_000] {
            let bytes = chance.bytes(size)
            pair.client.write(bytes)
            sent += bytes
            try pair.exchange()
        }
        #expect(pair.server.seen.bytes == sent)
    }

    @Test func `small writes of one flush travel in one record`() throws {
        let pair = try Pair(client: clientContext(), server: serverContext())
        defer { pair.dispose() }
        try pair.exchange()
        for _ in 0..<100 { pair.client.channel.write(ByteBuffer(bytes: [1, 2, 3]), promise: nil) }
        #expect(try pair.client.takeSent().isEmpty)
        pair.client.channel.flush()
        #expect(try pair.client.takeSent().count == 300 + 22)
    }

    @Test func `every write's promise is kept, in order`() throws {
        let pair = try Pair(client: clientContext(), server: serverContext())
        defer { pair.dispose() }
        let kept = Kept()
        for (index, size) in [10, 0, 70_000, 5, 0, 131_000].enumerated() {
            pair.client.channel.write(ByteBuffer(repeating: 7, count: size))
                .assumeIsolated().whenSuccess { kept.indices.append(index) }
        }
        pair.client.channel.flush()
        #expect(kept.indices.isEmpty)
        try pair.exchange()
        #expect(kept.indices == [0, 1, 2, 3, 4, 5])
        #expect(pair.server.seen.bytes.count == 70_000 + 131_000 + 15)
    }

    @Test func `nothing is encrypted while the channel takes nothing`() throws {
        let pair = try Pair(client: clientContext(), server: serverContext())
        defer { pair.dispose() }
        try pair.exchange()
        pair.client.channel.isWritable = false
        pair.client.write([UInt8](repeating: 1, count: 300_000))
        #expect(try pair.client.takeSent().isEmpty)
        pair.client.channel.isWritable = true
        pair.client.channel.pipeline.fireChannelWritabilityChanged()
        try pair.exchange()
        #expect(pair.server.seen.bytes.count == 300_000)
    }

    @Test func `much written without a flush still counts against the channel's writability`() throws {
        let pair = try Pair(client: clientContext(), server: serverContext())
        defer { pair.dispose() }
        try pair.exchange()
        let counter = WrittenBytes()
        try pair.client.channel.pipeline.syncOperations.addHandler(counter, position: .after(pair.client.wire))
        for _ in 0..<20 { pair.client.channel.write(ByteBuffer(repeating: 1, count: 10_000), promise: nil) }
        #expect(counter.bytes > 100_000)
        #expect(try pair.client.takeSent().isEmpty)
        pair.client.channel.flush()
        try pair.exchange()
        #expect(pair.server.seen.bytes.count == 200_000)
    }

    @Test func `a read that brings no plaintext is followed by another`() throws {
        let pair = try Pair(client: clientContext(), server: serverContext())
        defer { pair.dispose() }
        try pair.exchange()
        pair.client.write([1, 2, 3])
        let record = try pair.client.takeSent()
        let reads = pair.server.wire.readCount
        pair.server.channel.read()
        try pair.server.receive(record.prefix(5))
        #expect(pair.server.wire.readCount == reads + 2)
        try pair.server.receive(record.dropFirst(5))
        #expect(pair.server.seen.bytes == [1, 2, 3])
        #expect(pair.server.wire.readCount == reads + 2)
    }
}

private final class Kept {
    var indices: [Int] = []
}

/// Counts what the TLS handler has handed on, flushed or not.
private final class WrittenBytes: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private(set) var bytes = 0

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        bytes += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }
}
