import Cryptography
import Foundation
import NIOCore
import ReleaseDecisions
import Synchronization
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import ControllerService

@Suite(.timeLimit(.minutes(10))) struct UploadTests {
    @Test func `a push that was cut at any byte goes on there`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            for cut in 0...100 {
                let push = rig.part("bytes of \(cut)", of: 100)
                await #expect(throws: Cut.self) { try await push.send(0..<cut, isCut: true) }
                #expect(try await push.stored_bytes == cut)
                #expect(try await push.send(cut..<100) == .success(.done))
                #expect(try rig.stored(push.digest) == push.bytes)
            }
            #expect(try rig.bundles().count == 101)
        }
    }

    @Test func `a push that is cut again and again comes to its end, whatever it brings twice`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            var chance = SeededGenerator(seed: 4)
            for number in 0..<30 {
                let push = rig.part("again \(number)", of: 5_000)
                var stored = 0
                for _ in 0..<5 {
                    let from = Int.random(in: 0...stored, using: &chance)
                    let to = Int.random(in: from..<5_000, using: &chance)
                    await #expect(throws: Cut.self) { try await push.send(from..<to, isCut: true) }
                    // Alone, whoever pushes says from where on.
                    stored = to
                    #expect(try await push.stored_bytes == stored)
                }
                #expect(try await push.send(stored..<5_000) == .success(.done))
                #expect(try rig.stored(push.digest) == push.bytes)
            }
        }
    }

    @Test func `a push that begins behind what is there is told where to begin, and harms nothing`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            let push = rig.part("gap", of: 100)
            await #expect(throws: Cut.self) { try await push.send(0..<40, isCut: true) }
            let error = await #expect(throws: ControllerError.self) { try await push.send(41..<100) }
            #expect(error?.code == .wrongOffset)
            #expect(error?.remedy == "Send it from byte 40 on")
            #expect(try await push.stored_bytes == 40)
            #expect(try await push.send(40..<100) == .success(.done))
        }
    }

    @Test func `bytes of another digest are refused and nothing of them is kept`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            let (push, other) = (rig.part("right", of: 100), rig.part("wrong", of: 100))
            // From the beginning, and behind a right one.
            for right in [0, 40] {
                if right > 0 { await #expect(throws: Cut.self) { try await push.send(0..<right, isCut: true) } }
                let error = await #expect(throws: ControllerError.self) {
                    try await push.send(right..<100, bytes: other.bytes)
                }
                #expect(error?.code == .bundleMismatch)
                #expect(try rig.bundles() == [])
                #expect(try await push.stored_bytes == 0)
            }
            // A wrong beginning harms nobody who sends all.
            await #expect(throws: Cut.self) { try await push.send(0..<40, bytes: other.bytes, isCut: true) }
            #expect(try await push.send(0..<100) == .success(.done))
            #expect(try rig.stored(push.digest) == push.bytes)
        }
    }

    @Test func `a bundle that is here needs no byte again`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            let push = rig.part("known", of: 100)
            #expect(try await push.send(0..<100) == .success(.done))
            #expect(try await push.stored_bytes == 100)
            #expect(try await push.send(100..<100) == .success(.alreadyDone))
            // Under another version, since this one is known with its length.
            let longer = Sending(rig: rig, name: "longer", bytes: push.bytes)
            let error = await #expect(throws: ControllerError.self) {
                try await longer.send(100..<100, announcing: 101)
            }
            #expect(error?.code == .bundleMismatch)
            #expect(try rig.stored(push.digest) == push.bytes)
        }
    }

    @Test func `two who push the same at once are both right, however their bytes come`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            var chance = SeededGenerator(seed: 7)
            for number in 0..<50 {
                let push = rig.part("both \(number)", of: 1_000)
                let (one, two) = (push.slowly(), push.slowly())
                async let first = one.outcome
                async let second = two.outcome
                for _ in 0..<20 { (Bool.random(using: &chance) ? one : two).next(100) }
                for sender in [one, two] { sender.next(1_000) }
                let outcomes = try await [first, second]
                #expect(outcomes.allSatisfy { (try? $0.get()) != nil }, "\(outcomes)")
                #expect(try rig.stored(push.digest) == push.bytes)
            }
            #expect(try rig.bundles().count == 50)
        }
    }

    @Test func `of two who push the same one may be cut`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            let push = rig.part("one of two", of: 1_000)
            let (one, two) = (push.slowly(), push.slowly())
            async let second = two.outcome
            async let first = #expect(throws: Cut.self) { try await one.outcome }
            one.next(700)
            two.next(300)
            one.cut()
            _ = await first
            two.next(700)
            #expect(try (await second).get() == .done)
            #expect(try rig.stored(push.digest) == push.bytes)
        }
    }

    @Test func `a push goes on behind a restart of the controller`() async throws {
        let rig = try await Rig()
        try await rig.running { _ async throws in
            let push = rig.part("restart", of: 1_000)
            await #expect(throws: Cut.self) { try await push.send(0..<600, isCut: true) }
        }
        let again = try await Rig(after: rig)
        try await again.running { _ async throws in
            let push = again.part("restart", of: 1_000)
            #expect(try await push.stored_bytes == 600)
            #expect(try await push.send(600..<1_000) == .success(.done))
            #expect(try again.stored(push.digest) == push.bytes)
        }
    }

    @Test func `where there is no room a push is refused before its first byte`() async throws {
        let rig = try await Rig { BundleStore(folder: $0, reserve_bytes: .max / 2) }
        try await rig.running { _ async throws in
            let push = rig.part("large", of: 100)
            let error = await #expect(throws: ControllerError.self) { try await push.send(0..<100) }
            #expect(error?.code == .bundleUnwritable)
            #expect(try await push.stored_bytes == 0)
        }
    }

    @Test func `what was cut and is old or too much goes, the oldest first, and never what is being pushed`()
        async throws
    {
        var limits = BundleUploads.Limits()
        (limits.count_max, limits.bytes_max) = (3, 250)
        let rig = try await Rig { [limits] in BundleStore(folder: $0, reserve_bytes: 0, uploads: limits) }
        try await rig.running { controller async throws in
            let pushes = (0..<5).map { rig.part("old \($0)", of: 200) }
            func left() async throws -> [Int] {
                var left: [Int] = []
                for (number, push) in pushes.enumerated() where try await push.stored_bytes > 0 { left.append(number) }
                return left
            }
            for (number, push) in pushes.enumerated() {
                await #expect(throws: Cut.self) { try await push.send(0..<100, isCut: true) }
                try rig.age(push.digest, seconds: 1_000 - number)
            }
            // The last one went on alone, and then lay there with the two that 250 bytes have room for.
            _ = try controller.bundles.uploads.sweep(now_s: time(nil))
            #expect(try await left() == [3, 4])
            try rig.age(pushes[3].digest, seconds: 25 * 3_600)
            try rig.age(pushes[4].digest, seconds: 25 * 3_600)
            let slow = pushes[3].slowly(from: 100)
            async let outcome = slow.outcome
            slow.next(1)
            try await until { try await pushes[3].stored_bytes >= 101 }
            try rig.age(pushes[3].digest, seconds: 25 * 3_600)
            #expect(try controller.bundles.uploads.sweep(now_s: time(nil)) == 0)
            #expect(try await left() == [3])
            slow.next(99)
            #expect(try (await outcome).get() == .done)
        }
    }
}

// MARK: - Senders

private struct Cut: Error {}

/// One bundle, and how it is sent.
private struct Sending: Sendable {
    let rig: Rig
    let name: String
    let bytes: [UInt8]
    var digest: Digest { SHA256.digest(of: bytes) }

    var stored_bytes: Int {
        get async throws { Int(try await rig.controller.stored_bytes(of: digest)) }
    }

    func send(
        _ range: Range<Int>,
        bytes other: [UInt8]? = nil,
        announcing length_bytes: Int? = nil,
        isCut: Bool = false
    ) async throws -> Result<Accepted, Refusal> {
        let sent = Array((other ?? bytes)[range])
        return try await send(
            from: range.lowerBound,
            AsyncThrowingStream<ByteBuffer, any Error> { stream in
                for start in stride(from: 0, to: sent.count, by: 64) {
                    stream.yield(ByteBuffer(bytes: sent[start..<min(start + 64, sent.count)]))
                }
                stream.finish(throwing: isCut ? Cut() : nil)
            },
            announcing: length_bytes
        )
    }

    func send(
        from offset: Int,
        _ stream: AsyncThrowingStream<ByteBuffer, any Error>,
        announcing length_bytes: Int? = nil
    ) async throws -> Result<Accepted, Refusal> {
        try await rig.controller.pushBundle(
            name: #require(ArtifactName("web")),
            version: #require(Version(name.replacing(" ", with: "."))),
            expected: digest,
            length_bytes: UInt64(length_bytes ?? bytes.count),
            offset_bytes: UInt64(offset),
            chunks: stream,
            by: rig.ana
        )
    }

    func slowly(from offset: Int = 0) -> SlowSender { SlowSender(self, from: offset) }
}

/// Sends when it is told to.
private final class SlowSender: Sendable {
    private let sending: Sending
    private let offset: Int
    private let stream: AsyncThrowingStream<ByteBuffer, any Error>
    private let input: AsyncThrowingStream<ByteBuffer, any Error>.Continuation
    private let sent: Counter

    init(_ sending: Sending, from offset: Int) {
        (self.sending, self.offset) = (sending, offset)
        (stream, input) = AsyncThrowingStream.makeStream()
        sent = Counter(offset)
    }

    var outcome: Result<Accepted, Refusal> {
        get async throws { try await sending.send(from: offset, stream) }
    }

    /// The next so many bytes; at the last one the body ends.
    func next(_ count: Int) {
        let range = sent.advance(by: count, to: sending.bytes.count)
        if !range.isEmpty { input.yield(ByteBuffer(bytes: sending.bytes[range])) }
        if range.upperBound == sending.bytes.count { input.finish() }
    }

    func cut() { input.finish(throwing: Cut()) }
}

private final class Counter: Sendable {
    private let value: Mutex<Int>

    init(_ value: Int) { self.value = Mutex(value) }

    func advance(by count: Int, to limit: Int) -> Range<Int> {
        value.withLock { value in
            let start = value
            value = min(limit, value + count)
            return start..<value
        }
    }
}

extension Rig {
    /// A bundle of so many bytes.
    fileprivate func part(_ name: String, of count: Int) -> Sending {
        let pattern = Array("\(name) ".utf8)
        return Sending(rig: self, name: name, bytes: (0..<count).map { pattern[$0 % pattern.count] &+ UInt8($0 % 7) })
    }

    /// What stands under a digest.
    fileprivate func stored(_ digest: Digest) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder.bundles)/\(digest.hex)")))
    }

    /// Makes what was cut so old.
    fileprivate func age(_ digest: Digest, seconds: Int) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -Double(seconds))],
            ofItemAtPath: "\(folder.bundles)/\(digest.hex).part"
        )
    }
}
