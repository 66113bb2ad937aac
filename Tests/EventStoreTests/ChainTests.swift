import EventStore
import Testing
import TimeAndChance
import TrainModel

@Suite struct ChainTests {
    // Made by the functions of docs/audit.md:
    //   { field wavetrain.genesis.v1; field demo; } | sha256sum
    //   { field wavetrain.event.v1; number 1; number 1700000000000; field release.created;
    //     field '{"release":"weekly-7","note":"höher"}'; hex GENESIS; } | sha256sum
    static let genesis = "623c34e1396e24a6d031905f78b9077b911f299cff8e51ca5716a7833506984f"
    static let first = "1388dad213257f4984dd55d700126d787d088b71beebc9c5986e4dc17b981d5e"
    static let beforeTheEpoch = "10a03a48dcff7a3601dc4f2938615fb0a420355acdbc1123768b6c7d49b0d7d5"

    @Test func `the genesis hash is what sha256sum makes of its description`() throws {
        let head = ChainHead.genesis(cluster: try cluster())
        #expect(head.sequence == 0)
        #expect(head.hash.hex == Self.genesis)
    }

    @Test func `a record's hash is what sha256sum makes of its description`() throws {
        let genesis = ChainHead.genesis(cluster: try cluster())
        let body = Array(#"{"release":"weekly-7","note":"höher"}"#.utf8)
        let time = Instant(unix_ms: 1_700_000_000_000)
        let record = EventRecord(try EventDraft(time: time, kind: "release.created", body: body), after: genesis)
        #expect(record.hash.hex == Self.first)
        #expect(record.head == ChainHead(sequence: 1, hash: record.hash))

        let early = EventRecord(
            try EventDraft(time: Instant(unix_ms: -1), kind: "a", body: Array("{}".utf8)),
            after: genesis
        )
        #expect(early.hash.hex == Self.beforeTheEpoch)
    }

    @Test func `every part of a record counts for its hash`() throws {
        let genesis = ChainHead.genesis(cluster: try cluster())
        let record = EventRecord(try draft(1), after: genesis)
        let others = [
            record.changed(sequence: 2), record.changed(time: Instant(unix_ms: 0)), record.changed(kind: "wave.starte"),
            record.changed(body: record.body.dropLast() + Array(" }".utf8)),
            record.changed(previousHash: ChainHead.genesis(cluster: try cluster("other")).hash),
        ]
        #expect(Set(others.map(\.contentHash) + [record.contentHash]).count == others.count + 1)
    }

    @Test func `bytes that move from one field to the next change the hash`() throws {
        let genesis = ChainHead.genesis(cluster: try cluster())
        let record = EventRecord(try draft(1), after: genesis)
        let moved = record.changed(kind: "wave.startedx", body: Array(record.body.dropFirst()))
        let back = record.changed(kind: "wave.starte", body: Array("d".utf8) + record.body)
        #expect(Set([record, moved, back].map(\.contentHash)).count == 3)
    }
}

@Suite struct ChainVerifierTests {
    let genesis: ChainHead
    let log: [EventRecord]

    init() throws {
        genesis = ChainHead.genesis(cluster: try cluster())
        log = try chain(20, after: genesis)
    }

    private func faults(_ records: [EventRecord], known: [ChainHead] = []) -> [ChainFault] {
        var verifier = ChainVerifier(after: genesis, known: known)
        for record in records { verifier.take(record) }
        return verifier.finish()
    }

    @Test func `a sound log has no faults and ends at its newest record`() {
        var verifier = ChainVerifier(after: genesis, known: [log[4].head, log[19].head, genesis])
        for record in log { verifier.take(record) }
        #expect(verifier.last == log[19].head)
        #expect(verifier.finish().isEmpty)
    }

    @Test func `an edit is found at its record, whatever was edited`() {
        let record = log[6]
        let other = log[12].hash
        let edits = [
            record.changed(sequence: 900), record.changed(sequence: 3), record.changed(time: Instant(unix_ms: 0)),
            record.changed(kind: "x"), record.changed(body: [1]), record.changed(previousHash: other),
            record.changed(hash: other),
        ]
        for edited in edits {
            var changed = log
            changed[6] = edited
            #expect(faults(changed) == [.edited(sequence: 7)])
        }
    }

    @Test func `a record that was replaced and hashed anew is found by the next one`() {
        var changed = log
        changed[6] = log[6].changed(kind: "x", sealed: true)
        #expect(faults(changed) == [.relinked(sequence: 8)])
    }

    @Test func `deleted records are named`() {
        #expect(faults(Array(log[..<5] + log[6...])) == [.deleted(first: 6, last: 6)])
        #expect(faults(Array(log[3...])) == [.deleted(first: 1, last: 3)])
        #expect(
            faults(Array(log[..<5] + log[8..<10] + log[12...])) == [
                .deleted(first: 6, last: 8), .deleted(first: 11, last: 12),
            ]
        )
    }

    @Test func `a moved record is named with the place it was moved to`() {
        var changed = log
        changed.swapAt(6, 7)
        #expect(faults(changed) == [.moved(sequence: 7, after: 8)])
        changed = log
        changed.insert(changed.remove(at: 6), at: 12)
        #expect(faults(changed) == [.moved(sequence: 7, after: 13)])
    }

    @Test func `a record that stands twice is named`() {
        #expect(faults(Array(log[..<9] + log[8...])) == [.repeated(sequence: 9)])
    }

    @Test func `a log that was cut off is found by a head known from before`() {
        #expect(faults(Array(log[..<15]), known: [log[17].head]) == [.truncated(last: 15, known: 18)])
        #expect(faults([], known: [log[0].head]) == [.truncated(last: 0, known: 1)])
        #expect(faults(Array(log[..<15]), known: [log[14].head]).isEmpty)
    }

    @Test func `a log written anew is found by a head known from before`() throws {
        var head = log[9].head
        let rewritten = try (10..<25).map { number in
            let record = EventRecord(try draft(number, kind: "something.else"), after: head)
            head = record.head
            return record
        }
        let records = Array(log[..<10]) + rewritten
        #expect(faults(records).isEmpty)
        #expect(faults(records, known: [log[9].head]).isEmpty)
        #expect(faults(records, known: [log[15].head]) == [.rewritten(sequence: 16)])
    }

    @Test func `the log of another cluster does not fit`() throws {
        let other = try chain(3, after: .genesis(cluster: try cluster("other")))
        #expect(faults(other) == [.foreign])
    }

    @Test func `a walk may begin at a head that is trusted`() {
        var verifier = ChainVerifier(after: log[9].head)
        for record in log[10...] { verifier.take(record) }
        #expect(verifier.finish().isEmpty)

        var mistaken = ChainVerifier(after: ChainHead(sequence: 10, hash: log[3].hash))
        for record in log[10...] { mistaken.take(record) }
        #expect(mistaken.finish() == [.relinked(sequence: 11)])
    }

    @Test func `a hopeless log gives a bounded answer`() throws {
        let long = try chain(1_000, after: genesis)
        #expect(faults(long.map { $0.changed(kind: "x") }).count == ChainVerifier.faults_max)
        #expect(faults(long.filter { $0.sequence.isMultiple(of: 2) }).count == ChainVerifier.faults_max)
        #expect(faults([long[0].changed(sequence: .max), long[1].changed(sequence: .max, sealed: true)]).count <= 3)
    }
}
