import Calendars
import Foundation
import Testing
import TimeAndChance

@Suite struct ZoneFileTests {
    /// The database's own compiler writes every zone in the short form, rules only, and in the long form.
    @Test func `short and long files of the same zone give the same value`() throws {
        let folder = try TemporaryFolder()
        let source = ZoneDatabase.folder.appendingPathComponent("tzdata.zi").path
        let (slim, fat) = (folder.url.appendingPathComponent("slim"), folder.url.appendingPathComponent("fat"))
        _ = try output(of: ["zic", "-b", "slim", "-d", slim.path, source], environment: path)
        _ = try output(of: ["zic", "-b", "fat", "-d", fat.path, source], environment: path)
        for name in try ZoneDatabase.names() {
            let short = try Zone(name: name, file: ZoneDatabase.bytes(name, in: slim))
            let long = try Zone(name: name, file: ZoneDatabase.bytes(name, in: fat))
            #expect(short == long)
        }
    }

    private let path = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]

    @Test func `daylight time that never ends is one offset`() throws {
        let zone = try Zone(name: "Always/Summer", file: file(footer: "EST5EDT,0/0,J365/25"))
        for instant in ["2020-01-01T00:00", "2027-12-31T23:59", "2028-01-01T05:00", "2028-07-01T00:00"] {
            #expect(try zone.offset_s(at: utc(instant)) == -4 * 3_600)
            #expect(try zone.abbreviation(at: utc(instant)) == "EDT")
        }
    }

    @Test func `days of the year are counted with and without the leap day`() throws {
        let zone = try Zone(name: "By/Day", file: file(footer: "AAA0BBB,J60/0,180/0"))
        #expect(try words(change(zone, "2028-02-01T00:00")) == "2028-03-01T00:00")
        #expect(try words(change(zone, "2027-02-01T00:00")) == "2027-03-01T00:00")
        #expect(try words(change(zone, "2028-05-01T00:00")) == "2028-06-28T23:00")
        #expect(try words(change(zone, "2027-05-01T00:00")) == "2027-06-29T23:00")
    }

    private func change(_ zone: Zone, _ text: String) throws -> Instant {
        let start = try utc(text)
        let minutes = (0..<200_000).first { zone.offset_s(at: start + .minutes($0)) != zone.offset_s(at: start) }
        return start + .minutes(try #require(minutes))
    }

    @Test func `a file that ends with no rule keeps its last offset`() throws {
        let zone = try Zone(name: "No/Rule", file: file(footer: "", changes: [1_700_000_000]))
        #expect(zone.offset_s(at: Instant(unix_ms: 1_699_999_999_999)) == 0)
        #expect(zone.offset_s(at: Instant(unix_ms: 1_700_000_000_000)) == 3_600)
        #expect(try zone.offset_s(at: utc("2060-01-01T00:00")) == 3_600)
    }

    // MARK: Hostile bytes

    @Test func `every truncated file is refused`() throws {
        let whole = try ZoneDatabase.bytes("Europe/Berlin")
        for count in 0..<whole.count {
            #expect(throws: ZoneProblem.self, "\(count) bytes") { try Zone(name: "A", file: Array(whole[..<count])) }
        }
    }

    @Test func `a file with any byte changed gives a zone or a problem`() throws {
        let whole = try ZoneDatabase.bytes("Africa/Cairo")
        var generator = SeededGenerator(seed: 9)
        for index in whole.indices {
            var bytes = whole
            bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
            do {
                let zone = try Zone(name: "A", file: bytes)
                #expect(Zone(text: zone.text) == zone)
            } catch {
                #expect(ZoneProblem.Code.allCases.contains(error.code))
            }
        }
    }

    @Test func `noise is no zone`() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let noise = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            for bytes in [noise, Array("TZif2".utf8) + noise] {
                #expect(throws: ZoneProblem.self) { try Zone(name: "A", file: bytes) }
            }
        }
    }

    @Test(arguments: 0..<6) func `a count that no file could hold is refused`(field: Int) throws {
        for start in [20, 44 + bodyLength + 20] {
            var bytes = file(footer: "UTC0", changes: [1_700_000_000])
            bytes.replaceSubrange(start + field * 4..<start + field * 4 + 4, with: [0xff, 0xff, 0xff, 0xff])
            #expect(throws: ZoneProblem.self) { try Zone(name: "A", file: bytes) }
        }
    }

    @Test func `each lie has its own problem`() throws {
        func problem(_ name: String = "A/B", _ bytes: [UInt8]) -> ZoneProblem.Code? {
            do {
                _ = try Zone(name: name, file: bytes)
                return nil
            } catch { return error.code }
        }
        let good = file(footer: "UTC0")
        #expect(problem("../etc/passwd", good) == .badName)
        #expect(problem("A/B", Array("#!/bin/sh".utf8)) == .notTZif)
        #expect(problem("A/B", good.replacing([0x32], with: [0x00], maxReplacements: 1)) == .tooOld)
        #expect(problem("A/B", file(footer: "CET-1CEST")) == .badRule)
        #expect(problem("A/B", file(footer: "UTC0", changes: [1_700_000_000, 1_600_000_000])) == .damaged)
        #expect(problem("A/B", file(footer: "UTC0", offset_s: .max)) == .damaged)
        #expect(problem("A/B", file(footer: "UTC0", abbreviation: "U\nC")) == .damaged)
        #expect(problem("A/B", file(footer: "UTC0", changes: (0..<2_000).map { 1_600_000_000 + $0 })) == .damaged)
        #expect(problem("A/B", Array(repeating: 0, count: 1 << 21)) == .damaged)
        #expect(problem("A/B", file(footer: "UTC0", leapSeconds: 1)) == .leapSeconds)
    }

    @Test(arguments: ["", "/", "/etc/passwd", "..", "A/..", "A//B", "A/", "a b", "Ä", "A\0", ".hidden"])
    func `what could lead out of the database's folder is no name`(name: String) {
        #expect(!Zone.isName(name))
    }

    @Test func `every name of the database is one`() throws {
        for name in try ZoneDatabase.names() + ["UTC", "Etc/GMT+12", "EST5EDT", "GMT0"] { #expect(Zone.isName(name)) }
    }

    // MARK: Made files

    /// Two kinds, the first named `abbreviation`; the first part is as long as the second would be with short times.
    private func file(
        footer: String,
        changes: [Int64] = [],
        offset_s: Int32 = 0,
        abbreviation: String = "AAA",
        leapSeconds: Int = 0
    ) -> [UInt8] {
        func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: number.bigEndian, Array.init)
        }
        func header(_ counts: [Int32]) -> [UInt8] {
            Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15) + counts.flatMap(bigEndian)
        }
        let kinds = bigEndian(offset_s) + [0, 0] + bigEndian(Int32(3_600)) + [1, 4]
        let letters = Array("\(abbreviation)\0BBB\0".utf8)
        let indices = changes.indices.map { UInt8(1 - $0 % 2) }
        return header([0, 0, 0, 0, 2, 8]) + kinds + letters
            + header([0, 0, Int32(leapSeconds), Int32(changes.count), 2, 8]) + changes.flatMap(bigEndian) + indices
            + kinds + letters
            + [UInt8](repeating: 0, count: leapSeconds * 12) + Array("\n\(footer)\n".utf8)
    }

    private let bodyLength = 2 * 6 + 8
}
