import Foundation
import Testing
import TrainModel

@Suite struct NameTests {
    @Test(arguments: ["canary", "westus3", "host-1.example.com", "a", "0", String(repeating: "x", count: 63)])
    func `a plain name is taken as it is`(text: String) {
        #expect(HostName(text)?.text == text)
    }

    @Test(arguments: [
        "", "-a", ".a", "a..b", "A", "a b", "a/b", "a\\b", "ä", "a\n", "..", String(repeating: "x", count: 64),
        "a\u{0}",
    ])
    func `a name that could leave its folder, its line or its bound is refused`(text: String) {
        #expect(HostName(text) == nil)
    }

    @Test func `names as keys of a dictionary are keys of a JSON object`() throws {
        let ages = [HostName("a"): 1]
        let encoded = try JSONEncoder().encode(
            Dictionary(uniqueKeysWithValues: ages.compactMap { key, age in key.map { ($0, age) } })
        )
        #expect(String(decoding: encoded, as: UTF8.self) == #"{"a":1}"#)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(HostName.self, from: Data(#""../x""#.utf8)) }
    }
}

@Suite struct DigestTests {
    @Test func `a digest has one spelling`() {
        let hex = String(repeating: "0123456789abcdef", count: 4)
        #expect(Digest(hex: hex)?.hex == hex)
        #expect(Digest(hex: hex.uppercased()) == nil)
        #expect(Digest(hex: hex.dropLast()) == nil)
        #expect(Digest(hex: hex + "0") == nil)
        #expect(Digest(bytes: Array(repeating: 0, count: 31)) == nil)
    }
}

@Suite struct ShareTests {
    @Test(arguments: [
        (Share.percent(25), 8, 2), (.percent(25), 3, 1), (.percent(100), 3, 3), (.count(5), 2, 2), (.count(1), 9, 1),
    ])
    func `a share is at least one host and at most all`(share: Share, total: Int, hosts: Int) {
        #expect(share.hosts(of: total) == hosts)
    }
}

@Suite struct VersionTests {
    @Test func `versions keep their text and refuse what could be a path or an option`() {
        #expect(Version("2024.09.01.1")?.text == "2024.09.01.1")
        #expect(Version("1.10")?.text == "1.10")
        for text in ["", "-1", "../1", "1/2", "a b", "é", String(repeating: "1", count: 65)] {
            #expect(Version(text) == nil)
        }
    }
}
