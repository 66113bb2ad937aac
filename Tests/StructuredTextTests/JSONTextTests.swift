import Foundation
import StructuredText
import Testing
import TimeAndChance

private func read(_ bytes: [UInt8], limits: TextLimits = .standard) -> (node: Node?, problems: [Problem]) {
    let collector = ProblemCollector()
    let node = JSONText.read(bytes, file: "body", limits: limits, collector)
    #expect((node == nil) == !collector.isEmpty)
    return (node, collector.problems?.all ?? [])
}

@Suite struct JSONTextTests {
    @Test func `values keep their type, their spelling and their place`() throws {
        let node = try #require(read(Array("{\"é\":\n [1.0, \"1\", true, null, -0e+5]}".utf8)).node)
        let list = try #require(node.mapping?["é"]?.list)
        #expect(
            list.map(\.scalar) == [
                Scalar("1.0", .number), Scalar("1", .quoted), Scalar("true", .boolean), Scalar("null", .null),
                Scalar("-0e+5", .number),
            ]
        )
        #expect(list.first?.place == Place(file: "body", line: 2, column: 3))
    }

    @Test func `escapes are read`() {
        let text = #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000""#
        #expect(read(Array(text.utf8)).node?.scalar?.text == "\"\\/\u{8}\u{c}\n\r\té😀\0")
    }

    @Test(
        arguments: [
            ("", 1), ("{\"a\":1,\"a\":2}", 8), ("1 2", 3), ("\"\\ud800\"", 2), ("\"\\ude00\"", 2),
            ("\"\\ud800\\u0041\"", 2),
            ("\"\\x\"", 2), ("\"\\u00g0\"", 2), ("\"a", 3), ("\"a\\", 3), ("\"\u{1}\"", 2), ("01", 2), ("1.", 3),
            (".5", 1),
            ("+1", 1), ("1e", 3), ("[1,]", 4), ("{\"a\":1,}", 8), ("{a:1}", 2), ("{'a':1}", 2), ("nul", 1), ("NaN", 1),
            ("[1", 3), ("{\"a\"", 5), ("{\"a\" 1}", 6), ("// x\n1", 1), ("-", 2), ("tru", 1), ("[", 2),
        ]
    )
    func `what RFC 8259 forbids is refused at its column`(json: String, column: Int) {
        let found = read(Array(json.utf8)).problems
        #expect(found.map(\.place) == [Place(file: "body", line: 1, column: column)])
    }

    @Test func `a byte-order mark, bad UTF-8, size and depth are refused`() {
        #expect(read([0xef, 0xbb, 0xbf, 0x31]).problems.map(\.code) == [.byteOrderMark])
        #expect(read([0x22, 0xed, 0xa0, 0x80, 0x22]).problems.map(\.code) == [.badUTF8])
        #expect(read(Array("12345".utf8), limits: TextLimits(bytes_max: 4)).problems.map(\.code) == [.tooLarge])
        #expect(read(Array(repeating: 0x5b, count: 500_000)).problems.map(\.code) == [.tooDeep])
    }

    @Test func `a number with a fraction is no integer and null is no value`() {
        for (json, sentence) in [
            ("{\"n\": 1.0}", "\"n\" must be a whole number from 0 to 9, not \"1.0\""),
            ("{\"n\": \"1\"}", "\"n\" must be a whole number from 0 to 9, not the text \"1\""),
            ("{\"n\": null}", "\"n\" must be a whole number from 0 to 9, not null; give a value or leave the key out"),
        ] {
            do {
                _ = try JSONText.decode(Array(json.utf8), file: "body") { $0.integer("n", in: 0...9) }
                Issue.record("\(json) was read")
            } catch {
                #expect(error.all.map(\.message) == [sentence])
            }
        }
    }

    @Test func `text that JSON types are read from is not taken for them`() {
        do {
            _ = try JSONText.decode(Array("{\"s\": 5, \"b\": \"true\"}".utf8), file: "body") { fields -> Bool? in
                _ = fields.string("s")
                return fields.bool("b")
            }
            Issue.record("was read")
        } catch {
            #expect(error.all.map(\.code) == [.wrongType, .wrongType])
        }
    }

    @Test func `the canonical spelling sorts keys and escapes the least`() {
        let value: JSONValue = [
            "b": [1, true, .null, -5], "a": "\u{7f}\"\\/\n\u{1f}é", "€": .number(2), "\u{1f600}": 0.5.json,
        ]
        let text = String(decoding: JSONText.canonical(value), as: UTF8.self)
        #expect(text == "{\"a\":\"\u{7f}\\\"\\\\/\\n\\u001fé\",\"b\":[1,true,null,-5],\"€\":2,\"\u{1f600}\":0.5}")
    }

    @Test func `an indented value keeps the order given and leaves out what is nil`() {
        let value = JSONValue.object(["b": [], "a": ["x": 1], "c": nil])
        let text = String(decoding: JSONText.write(value, indented: true), as: UTF8.self)
        #expect(text == "{\n  \"b\": [],\n  \"a\": {\n    \"x\": 1\n  }\n}\n")
    }

    @Test func `what is written is read back, by Foundation too`() throws {
        for seed in 0..<200 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let value = JSONValue.random(depth: 4, using: &generator)
            let bytes = JSONText.write(.list([value]), indented: seed % 2 == 0)
            #expect(read(bytes).node.map(JSONValue.init) == .list([value]))
            let object = try JSONSerialization.jsonObject(with: Data(bytes))
            #expect(JSONSerialization.isValidJSONObject(object))
        }
    }

    @Test func `garbage never crashes`() {
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "1", "-", ".", "e", "true", "null", "\\u", "d800", " ", "\n",
            "é",
        ]
        for seed in 0..<500 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let json = (0..<Int.random(in: 1...30, using: &generator)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &generator)]
            }.joined()
            _ = read(Array(json.utf8))
        }
    }
}

extension Double {
    fileprivate var json: JSONValue { .number(self) }
}

extension JSONValue {
    /// The reader's node as a value; integers only.
    fileprivate init(_ node: Node) {
        switch node.content {
        case .list(let items): self = .list(items.map(JSONValue.init))
        case .mapping(let mapping): self = .object(mapping.entries.map { Member($0.key, JSONValue($0.value)) })
        case .scalar(let scalar):
            switch scalar.form {
            case .number: self = Int64(scalar.text).map { .integer($0) } ?? .null
            case .boolean: self = .boolean(scalar.text == "true")
            case .null: self = .null
            case .plain, .quoted: self = .string(scalar.text)
            }
        }
    }

    fileprivate static func random(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
        func text() -> String {
            String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...6, using: &generator)).compactMap { _ in
                        Unicode.Scalar(
                            UInt32.random(in: 0...0x1ffff, using: &generator)
                                >> UInt32.random(in: 0...10, using: &generator)
                        )
                    }
                )
            )
        }
        switch Int.random(in: 0...(depth > 0 ? 5 : 3), using: &generator) {
        case 0: return .null
        case 1: return .boolean(Bool.random(using: &generator))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &generator))
        case 3: return .string(text())
        case 4: return .list((0..<3).map { _ in random(depth: depth - 1, using: &generator) })
        default: return .object((0..<3).map { Member("\($0)" + text(), random(depth: depth - 1, using: &generator)) })
        }
    }
}

@Suite struct JSONEncodingTests {
    private struct Sample: Encodable {
        enum Kind: Encodable { case one(Int), two(name: String), three }
        var text = "a"
        var number: Int8 = -3
        var large = UInt64(Int64.max)
        var truth = true
        var nothing: Int?
        var list = [1, 2]
        var nested = [["x": 1.5]]
        var kinds: [Kind] = [.one(1), .two(name: "n"), .three]
    }

    @Test func `what is encodable becomes a value with every key`() throws {
        let text = String(decoding: JSONText.canonical(try JSONValue(encoding: Sample())), as: UTF8.self)
        #expect(
            text
                == #"{"kinds":[{"one":{"_0":1}},{"two":{"name":"n"}},{"three":{}}],"large":9223372036854775807,"#
                + #""list":[1,2],"nested":[{"x":1.5}],"number":-3,"text":"a","truth":true}"#
        )
    }

    @Test func `an integer that JSON could not hold exactly is refused`() {
        #expect(throws: EncodingError.self) { try JSONValue(encoding: [UInt64.max]) }
    }
}
