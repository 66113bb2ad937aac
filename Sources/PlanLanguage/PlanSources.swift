import Cryptography
import StructuredText
import TrainModel

/// Everything that a plan was written in: its own file and those that it names, so that it can be compiled elsewhere
/// to the same plan.
public struct PlanSources: Hashable, Sendable {
    public struct File: Hashable, Sendable {
        /// As the plan names it: relative to the plan's own folder.
        public let path: String
        public let bytes: [UInt8]

        public init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }
    }

    /// What people call the plan's own file. It appears in problems and says nothing about the plan.
    public let file: String
    public let main: [UInt8]
    /// Sorted by path, each path once.
    public let others: [File]

    public init(file: String, main: [UInt8], others: [File] = []) {
        self.file = file
        self.main = main
        self.others = others.sorted { $0.path < $1.path }
    }

    /// Files beside the plan's own, at most.
    public static let others_max = 20
    public static let fileBytes_max = 1 << 20
    public static let bytes_max = 2 << 20

    /// What `digest` is taken over and what is kept of a release's sources: canonical JSON of `main` and `others`.
    public var canonicalBytes: [UInt8] { JSONText.canonical(.object(["main": mainValue, "others": othersValue])) }

    /// Of the whole set: another comment in another file is another digest.
    public var digest: Digest { SHA256.digest(of: canonicalBytes) }

    /// For a request: `{"file": "plan.yaml", "main": "…", "others": {"people.yaml": "…"}}`.
    public var value: JSONValue { .object(["file": .string(file), "main": mainValue, "others": othersValue]) }

    private var mainValue: JSONValue { .string(String(decoding: main, as: UTF8.self)) }

    private var othersValue: JSONValue {
        .object(others.map { JSONValue.Member($0.path, .string(String(decoding: $0.bytes, as: UTF8.self))) })
    }
}

extension Shape where Value == PlanSources {
    /// What `PlanSources.value` writes; `file` and `others` may be left out.
    public static var planSources: Shape {
        .mapping { fields in
            let file = fields.string("file", default: "plan.yaml")
            let main = fields.required("main", .anyString)
            let others = fields.value(
                "others",
                Shape<[(key: Located<String>, value: String)]>.entries(of: .anyString),
                default: []
            )
            return main.map { main in
                PlanSources(
                    file: file,
                    main: Array(main.utf8),
                    others: others.map { PlanSources.File(path: $0.key.value, bytes: Array($0.value.utf8)) }
                )
            }
        }
    }
}
