import StructuredText
import Testing
import TimeAndChance

private struct Settings: Equatable {
    enum Level: String, CaseIterable { case debug, info, warning }
    var name: String
    var port: Int
    var every: Interval
    var level: Level
    var isOpen: Bool
}

private func settings(_ yaml: String) throws(Problems) -> Settings {
    try YAMLText.decode(Array(yaml.utf8), file: "settings.yaml") { fields in
        let name = fields.string("name")
        let port = fields.integer("port", in: 1...65535, default: 7443)
        let every = fields.interval("every", default: .seconds(15))
        let level = fields.oneOf("level", default: Settings.Level.info)
        let isOpen = fields.bool("open", default: false)
        guard let name else { return nil }
        return Settings(name: name, port: port, every: every, level: level, isOpen: isOpen)
    }
}

private func problems(_ yaml: String) -> [String] {
    do {
        _ = try settings(yaml)
        return []
    } catch {
        return error.all.map(\.description)
    }
}

private struct Choice: Equatable {
    var left: String?
    var right: Int?
}

private func choice(_ yaml: String) -> [String] {
    do {
        _ = try YAMLText.decode(Array(yaml.utf8), file: "f") { fields in
            let choice = Choice(
                left: fields.optional("left", .string, "To the left."),
                right: fields.optional("right", .integer(in: 1...9))
            )
            _ = fields.optional("depth", .integer(in: 1...9))
            fields.requireOne(of: "left", "right")
            fields.refuse("depth", beside: "left")
            return choice
        }
        return []
    } catch {
        return error.all.map(\.description)
    }
}

@Suite struct FieldsTests {
    @Test func `exactly one of several keys can be demanded, and keys refused beside others`() {
        #expect(choice("left: a").isEmpty && choice("{right: 1, depth: 2}").isEmpty)
        #expect(choice("depth: 1") == [#"f:1:1: the key "left" or "right" is missing; give one of them"#])
        #expect(
            choice("{left: a, right: 1}") == [
                #"f:1:11: "left" and "right" cannot stand together; leave one of them out"#
            ]
        )
        #expect(
            choice("{left: a, depth: 1}") == [
                #"f:1:11: "left" and "depth" cannot stand together; leave one of them out"#
            ]
        )
        #expect(choice("lft: a") == [#"f:1:1: unknown key "lft"; did you mean "left"?"#])
    }

    @Test func `a reading describes the keys that it asks for as a schema`() {
        let schema = SchemaCatalogue.document(
            for: .mapping { fields in
                _ = fields.required("port", .integer(in: 1...9), "Where it listens.")
                _ = fields.optional("inner", Shape<String?>.mapping { $0.optionalString("name") }.defined(as: "inner"))
                fields.requireOne(of: "port", "inner")
                return fields.place
            },
            id: "urn:x",
            title: "X"
        )
        let text = String(decoding: JSONText.canonical(schema), as: UTF8.self)
        #expect(text.contains(#""port":{"description":"Where it listens.","maximum":9,"minimum":1,"type":"integer"}"#))
        #expect(text.contains(##""inner":{"$ref":"#/$defs/inner","description":"a mapping"}"##))
        #expect(text.contains(#""required":["port"]"#) && text.contains(#""additionalProperties":false"#))
        #expect(text.contains(#""allOf":[{"oneOf":[{"required":["port"]},{"required":["inner"]}]}]"#))
    }

    @Test func `places are found through the mappings in which they stand`() throws {
        let places = try YAMLText.decode(Array("a:\n  b: { c: 1 }\n".utf8), file: "f") { fields in
            _ = fields.node("a")
            return [fields.place("a", "b", "c"), fields.place("a", "x"), fields.place("y")].map(\.description)
        }
        #expect(places == ["f:2:8", "f:1:1", "f:1:1"])
    }

    @Test func `what is left out takes its default`() throws {
        let read = try settings("name: ana")
        #expect(read == Settings(name: "ana", port: 7443, every: .seconds(15), level: .info, isOpen: false))
    }

    @Test func `what is given is read as the type that is asked for`() throws {
        let read = try settings("{name: '7', port: 80, every: 1h30m, level: debug, open: true}")
        #expect(read == Settings(name: "7", port: 80, every: .minutes(90), level: .debug, isOpen: true))
    }

    @Test func `all mistakes are named at once, each at its place`() {
        let yaml = """
            nme: ana
            port: 70000
            every: 30 sec
            level: inof
            open: yes
            """
        #expect(
            problems(yaml) == [
                #"settings.yaml:1:1: unknown key "nme"; did you mean "name"?"#,
                #"settings.yaml:2:7: "port" must be a whole number from 1 to 65535, not 70000"#,
                #"settings.yaml:3:8: "every" must be a length of time, not "30 sec"; did you mean "30s"?"#,
                #"settings.yaml:4:8: "level" must be debug, info or warning, not "inof"; did you mean "info"?"#,
                #"settings.yaml:5:7: "open" must be true or false, not "yes"; did you mean "true"?"#,
            ]
        )
    }

    @Test(
        arguments: [
            ("port: 1", #"1:1: the key "name" is missing; it holds text"#),
            ("name:", #"1:6: "name" must be text, not nothing; give a value or leave the key out"#),
            ("name: [a]", #"1:7: "name" must be text, not a list"#),
            ("name: ''", #"1:7: "name" must be text, not empty"#),
            ("{name: a, port: '80'}", #"1:17: "port" must be a whole number from 1 to 65535, not the text "80""#),
            ("{name: a, port: 1.0}", #"1:17: "port" must be a whole number from 1 to 65535, not "1.0""#),
            ("{name: a, port: 0x1F}", #"1:17: "port" must be a whole number from 1 to 65535, not "0x1F""#),
            ("{name: a, port: 010}", #"1:17: "port" must be a whole number from 1 to 65535, not "010""#),
            ("{name: a, port: +1}", #"1:17: "port" must be a whole number from 1 to 65535, not "+1""#),
            (
                "{name: a, every: 5}",
                #"1:18: "every" must be a length of time, not "5"; write it with its unit (ms, s, m, h, d), such as 30s or 1h30m"#
            ),
            ("[1]", "1:1: the document must be a mapping of keys to values, not a list"),
            ("name: a\nzzz: 1", #"2:1: unknown key "zzz"; known keys are name, port, every, level, open"#),
        ]
    )
    func `one mistake gives one sentence`(yaml: String, sentence: String) {
        #expect(problems(yaml) == ["settings.yaml:" + sentence])
    }

    @Test func `a version keeps its text whatever YAML 1_1 would make of it`() throws {
        for text in ["1.10", "no", "on", "1:30", "0o17", "010", "1e3", "2026-11-20", "~", "null", ".inf"] {
            #expect(try settings("name: \(text)").name == text)
        }
    }

    @Test func `more mistakes than anybody reads are counted`() {
        let yaml = (0..<250).map { "unknown\($0): 1\n" }.joined()
        #expect(throws: Problems.self) { try settings("name: a\n" + yaml) }
        do {
            _ = try settings("name: a\n" + yaml)
        } catch {
            #expect(error.all.count == ProblemCollector.count_max)
            #expect(error.omitted_count == 150)
        }
    }

    @Test(
        arguments: [
            ("windw", "window"), ("widnow", "window"), ("window_s", "window"), ("maxUnavailable", "max_unavailable"),
            ("max-unavailable", "max_unavailable"), ("x", nil), ("entirely", nil),
        ]
    )
    func `a near word is suggested and a far one is not`(word: String, meant: String?) {
        #expect(Suggestion.nearest(to: word, among: ["window", "max_unavailable", "bake"]) == meant)
    }
}
