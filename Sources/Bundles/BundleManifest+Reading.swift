import StructuredText
import TimeAndChance
import TrainModel

extension BundleManifest {
    /// What stands at the path of a hook's program.
    public enum Program: Sendable {
        case executable, notExecutable, missing
    }

    private static let arguments_count_max = 64
    private static let needs_count_max = 16
    private static let keptReleases_counts = 1...50
    public static let keptReleases_countDefault = 5
    private static let timeouts: ClosedRange<Interval> = .seconds(1) ... .hours(2)
    private static let timeoutDefault = Interval.seconds(60)

    /// Reads a manifest and reports everything that is wrong with it.
    /// - Parameters:
    ///   - file: what the manifest is called in messages.
    ///   - program: tells what the bundle holds at a safe relative path.
    public static func read(
        _ bytes: [UInt8],
        file: String = fileName,
        program: @escaping (_ path: String) throws(BundleError) -> Program
    ) throws(Problems) -> BundleManifest {
        let limits = TextLimits(bytes_max: length_bytes_max)
        return try YAMLText.decode(bytes, file: file, limits: limits) { fields in manifest(fields, program: program) }
    }

    /// What a manifest may hold. Nothing is looked up while a shape describes itself.
    static var shape: Shape<BundleManifest> {
        .mapping { manifest($0, program: { (_) throws(BundleError) in .missing }) }
    }

    private static func manifest(
        _ fields: Fields,
        program: @escaping (String) throws(BundleError) -> Program
    ) -> BundleManifest? {
        // Said first, so that a manifest of a later version is told by its version.
        _ = fields.required("wavetrain", .integer(in: 1...1), "The version of this format.")
        let service = fields.required("service", .serviceName, "Whose bundle this is; of a recipe, the recipe's name.")
        let hooks = fields.value(
            "hooks",
            .mapping { Self.hooks($0, program: program) },
            default: [:],
            "The programs that do a deployment's steps on the host."
        )
        let needs = fields.value(
            "needs",
            .list(of: .programNames, count: 1...needs_count_max),
            default: [],
            "Programs of the host that the hooks call; with | between them, one of several."
        )
        let user = fields.optional(
            "user",
            .userName,
            "The user of the host that hooks run as, where the host does not say otherwise."
        )
        let kept = fields.value(
            "keep",
            .integer(in: keptReleases_counts),
            default: keptReleases_countDefault,
            "How many previous releases stay on the host, where the host does not say otherwise."
        )
        let links = fields.value(
            "links",
            .list(of: .link, count: 1...links_count_max),
            default: [],
            "Addresses to show beside the service."
        )
        guard let service else { return nil }
        return BundleManifest(
            service: service,
            hooks: hooks,
            needs: needs,
            user: user,
            keptReleases_count: kept,
            links: links
        )
    }

    private static func hooks(
        _ fields: Fields,
        program: @escaping (String) throws(BundleError) -> Program
    ) -> [HookName: Hook] {
        var hooks: [HookName: Hook] = [:]
        for name in HookName.allCases {
            hooks[name] = fields.optional(name.rawValue, .mapping { hook($0, program: program) }, name.meaning)
        }
        return hooks
    }

    private static func hook(
        _ fields: Fields,
        program: @escaping (String) throws(BundleError) -> Program
    ) -> Hook? {
        let command = fields.required(
            "run",
            .command(program: program, count_max: arguments_count_max),
            "The path of a program in the bundle, or a list of the path and its arguments."
        )
        let timeout = fields.value(
            "timeout",
            .interval(in: timeouts),
            default: timeoutDefault,
            "Then the program and all its children are ended; 1 minute where it is left out."
        )
        let isRepeatable = fields.value(
            "repeatable",
            .bool,
            default: false,
            "Running it twice does what running it once does: after a crash it may run again."
        )
        return command.map { Hook(command: $0, timeout: timeout, isRepeatable: isRepeatable) }
    }
}

extension BundleManifest.HookName {
    fileprivate var meaning: String {
        switch self {
        case .drain: "Lets the old release take no new work."
        case .stop: "Ends the old release."
        case .install: "Prepares the new release, which is not current yet."
        case .start: "Starts the release that is current."
        case .verify: "Tells whether the release that was started works."
        }
    }
}

extension Shape where Value == ServiceName {
    fileprivate static var serviceName: Shape {
        .text(
            "a service's name",
            schema: Schema.text(pattern: NameRule.pattern, length_max: ServiceName.length_max)
        ) { text, place, label, problems in
            if let name = ServiceName(text) { return name }
            problems.add(
                place,
                .badValue,
                "\(label) must be a service's name, not \(Problem.quote(text))",
                remedy: NameRule.sentence
            )
            return nil
        }
    }
}

extension Shape where Value == [String] {
    /// `kubectl`, or `docker|podman` where one of several will do.
    fileprivate static var programNames: Shape {
        .text(
            "a program's name, or some with | between",
            schema: Schema.text(pattern: #"^[A-Za-z0-9][A-Za-z0-9+._-]*(\|[A-Za-z0-9][A-Za-z0-9+._-]*)*$"#)
        ) { text, place, label, problems in
            let names = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            if names.allSatisfy(isProgramName) { return names }
            problems.add(
                place,
                .badValue,
                "\(label) must be a program's name, or some with | between, not \(Problem.quote(text))",
                remedy: "write only the name: hosts find it where their programs are"
            )
            return nil
        }
    }

    private static func isProgramName(_ name: String) -> Bool {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8
        guard let first = name.utf8.first, letters.contains(first), name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { letters.contains($0) || "+-._".utf8.contains($0) }
    }

    /// A program's path, or a list of the path and its arguments.
    fileprivate static func command(
        program: @escaping (String) throws(BundleError) -> BundleManifest.Program,
        count_max: Int
    ) -> Shape {
        let path = Shape<String>.program(program)
        let words = Shape.list(of: .argument, count: 1...count_max)
        return Shape(
            "the path of a program in the bundle, or a list of it and its arguments",
            schema: { Schema.any(of: [path.schema($0), words.schema($0)]) }
        ) { node, label, problems in
            if let list = node.list, let first = list.first {
                let words = words.read(node, label, problems)
                return path.read(first, "item 1 of \(label)", problems) == nil ? nil : words
            }
            return path.read(node, label, problems).map { [$0] }
        }
    }
}

extension Shape where Value == String {
    private static var argumentLength_bytes_max: Int { 4_096 }

    /// May be empty; no NUL, which no argument can carry.
    fileprivate static var argument: Shape {
        Shape("text", schema: anyString.schema) { node, label, problems in
            guard let text = anyString.read(node, label, problems) else { return nil }
            guard !text.utf8.contains(0), text.utf8.count <= argumentLength_bytes_max else {
                let sentence = "\(label) must have at most \(argumentLength_bytes_max) bytes and no NUL"
                problems.add(node.place, .badValue, sentence)
                return nil
            }
            return text
        }
    }

    fileprivate static func program(
        _ program: @escaping (String) throws(BundleError) -> BundleManifest.Program
    ) -> Shape {
        .text("the path of a program in the bundle", schema: Schema.text(pattern: "^[^/]")) {
            text,
            place,
            label,
            problems in
            let remedy: String
            do throws(BundleError) {
                let path = try EntryPath(archived: Array(text.utf8))
                switch try program(path.text) {
                case .executable where Array(path.text.utf8) == Array(text.utf8): return text
                case .executable: remedy = "write it as \"\(path.text)\""
                case .notExecutable: remedy = "make it executable with chmod +x"
                case .missing: remedy = "hooks are files of the bundle: add a script there that does the work"
                }
            } catch {
                remedy = "\(error.code.sentence): \(error.code.remedy)"
            }
            problems.add(
                place,
                .badValue,
                "\(label) must be the path of a program in the bundle, not \(Problem.quote(text))",
                remedy: remedy
            )
            return nil
        }
    }

    private static var userName_bytes_max: Int { 32 }
    private static var link_bytes_max: Int { 512 }

    /// A user's name as Linux distributions take it: 1 to 32 of `a-z 0-9 _ -`, beginning with a letter or `_`.
    fileprivate static var userName: Shape {
        .text(
            "a user's name",
            schema: Schema.text(pattern: "^[a-z_][a-z0-9_-]*$", length_max: userName_bytes_max)
        ) { text, place, label, problems in
            let letters = "abcdefghijklmnopqrstuvwxyz_".utf8
            let others = "0123456789-".utf8
            if let first = text.utf8.first, letters.contains(first), text.utf8.count <= userName_bytes_max,
                text.utf8.allSatisfy({ letters.contains($0) || others.contains($0) })
            {
                return text
            }
            problems.add(place, .badValue, "\(label) must be a user's name, not \(Problem.quote(text))")
            return nil
        }
    }

    /// An http or https address without spaces or control characters.
    fileprivate static var link: Shape {
        .text(
            "an http or https address",
            schema: Schema.text(pattern: "^https?://[!-~]+$", length_max: link_bytes_max)
        ) { text, place, label, problems in
            let isPrintable = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
            let rest = ["https://", "http://"].first { text.hasPrefix($0) }.map { text.utf8.count - $0.utf8.count }
            if isPrintable, text.utf8.count <= link_bytes_max, let rest, rest > 0 { return text }
            problems.add(place, .badValue, "\(label) must be an http or https address, not \(Problem.quote(text))")
            return nil
        }
    }
}
