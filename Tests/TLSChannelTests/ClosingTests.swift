import NIOCore
import NIOEmbedded
import TLSChannel
import Testing

/// How connections end, and when they must.
@Suite struct ClosingTests {
    private func establishedPair(
        change: (inout TLSConfiguration) -> Void = { _ in }
    ) throws -> Pair {
        let pair = try Pair(client: clientContext(change: change), server: serverContext(change: change))
        try pair.exchange()
        #expect(pair.client.seen.agreement != nil && pair.server.seen.agreement != nil)
        return pair
    }

    @Test func `closing sends what was flushed, then close_notify both ways`() throws {
        let pair = try establishedPair()
        defer { pair.dispose() }
        pair.client.write([1, 2, 3])
        let closed = pair.client.channel.close()
        try pair.exchange()
        #expect(pair.server.seen.bytes == [1, 2, 3])
        #expect(pair.client.seen.isInactive && pair.server.seen.isInactive)
        #expect(pair.client.seen.errors.isEmpty && pair.server.seen.errors.isEmpty)
        #expect(fate(of: closed).isSuccess)
    }

    @Test func `a half-closed client hears the server out`() throws {
        let pair = try establishedPair()
        defer { pair.dispose() }
        pair.server.channel.allowRemoteHalfClosure = true
        pair.client.write([1])
        pair.client.channel.close(mode: .output, promise: nil)
        try pair.exchange()
        #expect(pair.client.wire.isOutputClosed)
        #expect(pair.server.seen.isInputClosed && !pair.server.seen.isInactive)

        let late = pair.client.channel.writeAndFlush(ByteBuffer(bytes: [9]))
        #expect(fate(of: late).isFailure(ChannelError.outputClosed))
        pair.server.write([2, 3])
        try pair.exchange()
        #expect(pair.client.seen.bytes == [2, 3])

        pair.server.channel.close(promise: nil)
        try pair.exchange()
        #expect(pair.client.seen.isInactive && pair.server.seen.isInactive)
        #expect(pair.client.seen.errors.isEmpty && pair.server.seen.errors.isEmpty)
    }

    @Test func `output closed before the handshake ends behind the early writes`() throws {
        let pair = try Pair(client: clientContext(), server: serverContext())
        defer { pair.dispose() }
        pair.client.write([1, 2])
        pair.client.channel.close(mode: .output, promise: nil)
        try pair.exchange()
        #expect(pair.server.seen.bytes == [1, 2])
        #expect(pair.server.seen.isInactive && pair.server.seen.errors.isEmpty)
    }

    @Test func `close_notify waits until the channel has taken all plaintext`() throws {
        let pair = try establishedPair()
        defer { pair.dispose() }
        pair.client.channel.isWritable = false
        pair.client.write([UInt8](repeating: 1, count: 100_000))
        pair.client.channel.close(promise: nil)
        #expect(try pair.client.takeSent().isEmpty)
        pair.client.channel.isWritable = true
        pair.client.channel.pipeline.fireChannelWritabilityChanged()
        try pair.exchange()
        #expect(pair.server.seen.bytes.count == 100_000)
        #expect(pair.client.seen.isInactive)
    }

    @Test func `the end of the stream without close_notify is a truncation`() throws {
        let pair = try establishedPair()
        defer { pair.dispose() }
        pair.server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(pair.server.seen.errors.map(\.code) == [.truncated])
        #expect(pair.server.seen.isInactive)
        // The same when the transport goes as a whole.
        pair.client.channel.pipeline.fireChannelInactive()
        #expect(pair.client.seen.errors.map(\.code) == [.truncated])
    }

    @Test func `a record cut off in the middle is a truncation and delivers nothing`() throws {
        let pair = try establishedPair()
        defer { pair.dispose() }
        pair.client.write([1, 2, 3])
        try pair.server.receive(try pair.client.takeSent().dropLast())
        pair.server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(pair.server.seen.bytes.isEmpty)
        #expect(pair.server.seen.errors.map(\.code) == [.truncated])
    }

    @Test func `a peer that keeps its close_notify to itself is left at the deadline`() throws {
        let pair = try establishedPair { $0.closeTimeout = .seconds(3) }
        defer { pair.dispose() }
        let closed = pair.client.channel.close()
        pair.client.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!pair.client.seen.isInactive)
        pair.client.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(pair.client.seen.isInactive && pair.client.seen.errors.isEmpty)
        #expect(fate(of: closed).isSuccess)
    }

    @Test func `flushed bytes that the peer never takes are an error at the deadline`() throws {
        let pair = try establishedPair { $0.closeTimeout = .seconds(3) }
        defer { pair.dispose() }
        pair.client.channel.isWritable = false
        let written = pair.client.channel.writeAndFlush(ByteBuffer(bytes: [1]))
        pair.client.channel.close(promise: nil)
        pair.client.channel.embeddedEventLoop.advanceTime(by: .seconds(3))
        #expect(pair.client.seen.errors.map(\.code) == [.closeTimedOut])
        #expect(pair.client.seen.isInactive)
        #expect(fate(of: written).tlsCode == .closeTimedOut)
    }

    @Test func `a stalled handshake is cut at the deadline`() throws {
        let server = try End.server(serverContext { $0.handshakeTimeout = .seconds(4) })
        let client = try End.client(clientContext { $0.handshakeTimeout = .seconds(4) })
        for end in [server, client] {
            end.channel.embeddedEventLoop.advanceTime(by: .seconds(3))
            #expect(!end.seen.isInactive)
            end.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            #expect(end.seen.errors.map(\.code) == [.handshakeTimedOut])
            #expect(end.seen.isInactive)
            end.dispose()
        }
    }

    @Test func `a finished handshake has no deadline any more`() throws {
        let pair = try establishedPair()
        defer { pair.dispose() }
        pair.server.channel.embeddedEventLoop.advanceTime(by: .hours(1))
        pair.client.channel.embeddedEventLoop.advanceTime(by: .hours(1))
        pair.client.write([1])
        try pair.exchange()
        #expect(pair.server.seen.bytes == [1])
    }

    @Test func `a peer that goes in the middle of the handshake is named`() throws {
        let client = try End.client(clientContext())
        defer { client.dispose() }
        client.channel.pipeline.fireChannelInactive()
        #expect(client.seen.errors.map(\.code) == [.handshakeInterrupted])
    }

    @Test func `too much written before the handshake fails the connection and every write`() throws {
        let client = try End.client(clientContext { $0.earlyWriteBytes_max = 1000 }, active: false)
        defer { client.dispose() }
        let first = client.channel.write(ByteBuffer(repeating: 1, count: 1000))
        #expect(client.seen.errors.isEmpty)
        let second = client.channel.write(ByteBuffer(repeating: 1, count: 1))
        #expect(client.seen.errors.map(\.code) == [.earlyWritesTooLarge])
        #expect(fate(of: first).tlsCode == .earlyWritesTooLarge)
        #expect(fate(of: second).tlsCode == .earlyWritesTooLarge)
    }

    @Test func `closing before the handshake is done fails the writes that waited`() throws {
        let client = try End.client(clientContext())
        defer { client.dispose() }
        let written = client.channel.writeAndFlush(ByteBuffer(bytes: [1]))
        let closed = client.channel.close()
        #expect(fate(of: written).isFailure(ChannelError.ioOnClosedChannel))
        #expect(fate(of: closed).isSuccess)
        #expect(client.seen.isInactive && client.seen.errors.isEmpty)
    }

    @Test func `closing only the input is not supported`() throws {
        let pair = try establishedPair()
        defer { pair.dispose() }
        let closed = pair.client.channel.close(mode: .input)
        #expect(fate(of: closed).isFailure(ChannelError.operationUnsupported))
        #expect(!pair.client.seen.isInactive)
    }

    @Test func `an altered record ends the connection and the peer hears why`() throws {
        let pair = try establishedPair()
        defer { pair.dispose() }
        pair.client.write([1, 2, 3])
        var record = try pair.client.takeSent()
        record[record.count - 1] ^= 1
        try pair.server.receive(record)
        #expect(pair.server.seen.errors.map(\.code) == [.protocolViolated])
        #expect(pair.server.seen.bytes.isEmpty && pair.server.seen.isInactive)
        try pair.exchange()
        #expect(pair.client.seen.errors.map(\.code) == [.refusedByPeer])
    }
}
