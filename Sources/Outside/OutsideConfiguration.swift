import Patterns
import StructuredText
import TimeAndChance
import TrainModel

/// What the controller's configuration says of the outside: `probes`, `credentials`, `repositories`.
/// `controller/controller.yaml` documents every key.
public struct OutsideConfiguration: Sendable {
    public var probes: [RecipeName: ProbeRecipe]
    public var credentials: Credentials
    public var repositories: [String: WatchedRepository]

    public init(
        probes: [RecipeName: ProbeRecipe] = [:],
        credentials: Credentials = Credentials(),
        repositories: [String: WatchedRepository] = [:]
    ) {
        self.probes = probes
        self.credentials = credentials
        self.repositories = repositories
    }

    /// Reads its keys among those of the configuration.
    public init(_ fields: Fields) {
        self.init(
            probes: fields.value("probes", .probes, default: [:]),
            credentials: fields.value("credentials", .credentials, default: Credentials()),
            repositories: fields.value("repositories", .repositories, default: [:])
        )
    }
}

extension Shape where Value == [RecipeName: ProbeRecipe] {
    fileprivate static var probes: Shape {
        Shape<[(key: Located<String>, value: ProbeRecipe)]>.entries(of: .probe).named(NameRule.sentence) {
            RecipeName($0)
        }
    }
}

extension Shape where Value == ProbeRecipe {
    fileprivate static var probe: Shape {
        .either(
            "a program with its arguments, or a mapping of command and environment",
            short: Shape<[String]>.command.map { ProbeRecipe($0) },
            long: .mapping { fields in
                let command = fields.required("command", .command)
                let environment = fields.value("environment", .entries(of: .anyString), default: [])
                return command.map { command in
                    ProbeRecipe(
                        command,
                        environment: Dictionary(environment.map { ($0.key.value, $0.value) }) { first, _ in first }
                    )
                }
            }
        )
    }
}

extension Shape where Value == [String] {
    fileprivate static var command: Shape {
        let list = Shape.list(of: .string, count: 1...64)
        return Shape("a program's absolute path and its arguments", schema: list.schema) { node, label, problems in
            guard let command = list.read(node, label, problems) else { return nil }
            guard command[0].hasPrefix("/") else {
                problems.add(
                    node.place,
                    .badValue,
                    "\(label) must begin with a program's absolute path, not \(Problem.quote(command[0]))"
                )
                return nil
            }
            return command
        }
    }
}

extension Shape where Value == Credentials {
    fileprivate static var credentials: Shape {
        Shape<[(key: Located<String>, value: Credentials.Kind)]>.entries(of: .credential)
            .named("a host such as registry.example.com, with its port where that is not the scheme's own") { text in
                // The default port stands for "the scheme's own".
                HTTPAddress.hostAndPort(text[...], defaultPort: 443) == nil ? nil : text.lowercased()
            }
            .map { Credentials($0) }
    }
}

extension Shape where Value == Credentials.Kind {
    fileprivate static var credential: Shape {
        .mapping { fields in
            let token = fields.optional("token_file", .string)
            let user = fields.optional("user", .string)
            let password = fields.optional("password_file", .string)
            fields.requireOne(of: "token_file", "password_file")
            fields.refuse("user", beside: "token_file")
            if let token { return .bearer(SecretText(path: token)) }
            guard let password else { return nil }
            guard let user, !user.contains(":") else {
                fields.problems.add(fields.place, .missingKey, "\"password_file\" needs a \"user\" without a colon")
                return nil
            }
            return .basic(user: user, password: SecretText(path: password))
        }
    }
}

extension Shape where Value == [String: WatchedRepository] {
    fileprivate static var repositories: Shape {
        Shape<[(key: Located<String>, value: WatchedRepository)]>.entries(of: .repository)
            .named("the name that plans call the repository by") { $0.isEmpty ? nil : $0 }
    }
}

extension Shape where Value == WatchedRepository {
    fileprivate static var repository: Shape {
        .mapping { fields in
            let path = fields.required("path", .absolutePath)
            let url = fields.optional("url", .gitURL)
            let ticket = fields.optional("ticket", .pattern)
            let isFirstParentOnly = fields.bool("first_parent", default: false)
            // Our own pattern is one; the configuration's was read above, and said to be wrong where it is.
            guard let path, let ticket = ticket ?? (try? Pattern(WatchedRepository.usualTicket)) else { return nil }
            return WatchedRepository(path: path, url: url, ticket: ticket, isFirstParentOnly: isFirstParentOnly)
        }
    }
}

extension Shape where Value == Pattern {
    fileprivate static var pattern: Shape {
        .text("a pattern such as \(WatchedRepository.usualTicket)") { text, place, label, problems in
            do throws(Pattern.Flaw) {
                return try Pattern(text)
            } catch {
                problems.add(place, .badValue, "\(label) is no pattern: \(error.sentence)", remedy: error.remedy)
                return nil
            }
        }
    }
}

extension Shape where Value == String {
    fileprivate static var absolutePath: Shape {
        .text("an absolute path") { text, place, label, problems in
            if text.hasPrefix("/") { return text }
            problems.add(place, .badValue, "\(label) must be an absolute path, not \(Problem.quote(text))")
            return nil
        }
    }

    /// What git can fetch from without running a program that the URL names.
    fileprivate static var gitURL: Shape {
        .text("an https, ssh or file URL") { text, place, label, problems in
            let isHTTP = text.hasPrefix("https://") || text.hasPrefix("http://")
            // Whatever is wrong with an address, the sentence below says how it must be.
            let isSound =
                isHTTP ? (try? HTTPAddress(text)) != nil : text.hasPrefix("ssh://") || text.hasPrefix("file://")
            if isSound, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) { return text }
            problems.add(
                place,
                .badValue,
                "\(label) must be an https, ssh or file URL without user and password, not \(Problem.quote(text))"
            )
            return nil
        }
    }
}

extension Shape {
    /// The entries by names of their own kind; one that is none is a problem at its key.
    fileprivate func named<Key: Hashable, Item>(
        _ rule: String,
        _ name: @escaping (String) -> Key?
    ) -> Shape<[Key: Item]> where Value == [(key: Located<String>, value: Item)] {
        Shape<[Key: Item]>(wanted, schema: schema) { node, label, problems in
            guard let entries = read(node, label, problems) else { return nil }
            var items: [Key: Item] = [:]
            for entry in entries {
                guard let key = name(entry.key.value) else {
                    problems.add(
                        entry.key.place,
                        .badKey,
                        "\(Problem.quote(entry.key.value)) cannot stand here: \(rule)"
                    )
                    continue
                }
                items[key] = entry.value
            }
            return items.count == entries.count ? items : nil
        }
    }
}
