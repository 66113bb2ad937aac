import PlanLanguage
import StructuredText
import Testing
import TrainModel

/// A plan of which only some keys matter.
enum Compile {
    /// Keys of the plan, beside one service `web` and one stage `test`.
    static func keys(_ keys: String) throws -> Plan {
        try plan("wavetrain: 1\nplan: shop\nservices: [web]\nstages: { test: { regions: [int] } }\n\(keys)\n")
    }

    /// Keys of the one stage `test`, after a stage `build`; with a rotation `release` and holidays `company`.
    static func stage(_ keys: String) throws -> Stage {
        let head = """
            wavetrain: 1
            plan: shop
            services: [web]
            smoke: [{ http: /health }]
            rotations: { release: { people: [ana], each: 7d, from: 2026-11-16 09:00 } }
            holidays: { company: [2026-12-25] }
            stages:
              build: { regions: [builder] }
              test:
                regions: [int]

            """
        let body = keys.split(separator: "\n").map { "    \($0)\n" }.joined()
        return try #require(try plan(head + body).stages.last)
    }

    static func wave(_ keys: String) throws -> Wave { try #require(try stage(keys).waves.first) }

    /// The gates of a stage.
    static func gates(_ gates: String) throws -> [Gate] { try wave("needs: [\(gates)]").gates }

    static func plan(_ source: String, _ files: [String: String] = [:]) throws -> Plan {
        let others = files.map { PlanSources.File(path: $0.key, bytes: Array($0.value.utf8)) }
        let sources = PlanSources(file: "plan.yaml", main: Array(source.utf8), others: others)
        return try PlanCompiler.compile(sources, readZone: TestZones.read).get().plan
    }

    /// A name of any kind, for tests that know that it is one.
    static func name<Kind>(_ text: String) throws -> Name<Kind> { try #require(Name<Kind>(text)) }
}
