import NIOCore
import Testing
import TimeAndChance

@testable import AgentLink

struct FrameReaderTests {
    static func frame(_ message: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(message.count).bigEndian, Array.init) + message
    }

    @Test func `frames come out whole though their bytes come one at a time`() throws {
        var reader = FrameReader(limit: .introduction)
        var messages: [[UInt8]] = []
        for byte in Self.frame([1, 2, 3]) + Self.frame([4]) {
            reader.append(ByteBuffer(bytes: [byte]))
            while let message = try reader.next() { messages.append(message) }
        }
        #expect(messages == [[1, 2, 3], [4]])
    }

    @Test func `an empty frame is refused`() {
        var reader = FrameReader(limit: .introduction)
        reader.append(ByteBuffer(bytes: [0, 0, 0, 0]))
        let error = #expect(throws: LinkError.self) { try reader.next() }
        #expect(error?.code == .malformedFrame)
    }

    @Test(arguments: [
        FrameLimit.introduction, .hello, .fromController, .fromAgent, .bundleAnswer,
    ]) func `a length is refused from one byte beyond the limit, before the message has come`(limit: FrameLimit) throws
    {
        var reader = FrameReader(limit: limit)
        reader.append(ByteBuffer(integer: UInt32(limit.bytes_max)))
        let incomplete = try reader.next()
        #expect(incomplete == nil)

        reader = FrameReader(limit: limit)
        reader.append(ByteBuffer(integer: UInt32(limit.bytes_max + 1)))
        let error = #expect(throws: LinkError.self) { try reader.next() }
        #expect(error?.code == .frameTooLarge)
    }

    @Test(arguments: 0..<60) func `frames cut anywhere come out as they went in`(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let messages = (0..<Int.random(in: 1...20, using: &chance)).map { _ in
            (0..<Int.random(in: 1...300, using: &chance)).map { _ in UInt8.random(in: 0...255, using: &chance) }
        }
        var stream = messages.flatMap(Self.frame)[...]
        var reader = FrameReader(limit: .introduction)
        var arrived: [[UInt8]] = []
        while !stream.isEmpty {
            let count = min(stream.count, Int.random(in: 1...100, using: &chance))
            reader.append(ByteBuffer(bytes: stream.prefix(count)))
            stream = stream.dropFirst(count)
            while let message = try reader.next() { arrived.append(message) }
        }
        #expect(arrived == messages)
    }

    @Test(arguments: 0..<60) func `random bytes are refused or wait, and never crash`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var reader = FrameReader(limit: .fromAgent)
        do throws(LinkError) {
            for _ in 0..<20 {
                var bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &chance) }
                // Often enough a plausible length.
                if Bool.random(using: &chance) { bytes.replaceSubrange(0..<3, with: [0, 0, 0]) }
                reader.append(ByteBuffer(bytes: bytes))
                while let message = try reader.next() {
                    _ = try? AgentMessage(frame: message)
                    _ = try? ControllerMessage(frame: message)
                }
            }
        } catch {
            #expect([.malformedFrame, .frameTooLarge].contains(error.code))
        }
    }

    @Test(arguments: 0..<100) func `true messages with bytes changed are refused or read, and never crash`(
        seed: UInt64
    ) throws {
        var chance = SeededGenerator(seed: seed)
        let frames = [
            try AgentFrame.hello(Sample.hello), try AgentFrame.report(.receipt(Sample.orderID, Sample.envelope)),
            try AgentFrame.report(.health(Sample.health)), try ControllerFrame.welcome(Sample.welcome),
            try ControllerFrame.order(envelope: Sample.envelope),
        ]
        guard let frame = frames.randomElement(using: &chance) else { return }
        var bytes = Array(frame.readableBytesView.dropFirst(4))
        for _ in 0..<Int.random(in: 1...6, using: &chance) {
            let index = Int.random(in: 0..<bytes.count, using: &chance)
            bytes[index] = .random(in: 0...255, using: &chance)
        }
        _ = try? AgentMessage(frame: bytes)
        _ = try? ControllerMessage(frame: bytes)
        _ = try? EnrolRequest(frame: bytes)
        _ = try? EnrolAnswer(frame: bytes)
        _ = try? BundleRequest(frame: bytes)
        _ = try? BundleAnswer(frame: bytes)
    }
}
