import StructuredText
import TrainModel

extension Shape {
    static func name<Kind>(_ noun: String) -> Shape where Value == Name<Kind> {
        parsed("a \(noun)'s name", remedy: NameRule.sentence) { Name<Kind>($0) }
    }

    /// Text that `parse` reads; what it makes nil of is refused.
    fileprivate static func parsed(
        _ wanted: String,
        remedy: String,
        _ parse: @escaping (String) -> Value?
    ) -> Shape {
        .text(wanted) { text, place, label, problems in
            if let value = parse(text) { return value }
            problems.add(place, .badValue, "\(label) must be \(wanted), not \(Problem.quote(text))", remedy: remedy)
            return nil
        }
    }
}

extension Shape where Value == Version {
    static var version: Shape { parsed("a version", remedy: Version.rule) { Version($0) } }
}

extension Shape where Value == Digest {
    static var digest: Shape {
        parsed("64 lower-case hexadecimal digits", remedy: "`sha256sum` prints them") { Digest(hex: $0) }
    }
}

extension Shape where Value == [ServiceName: Version] {
    /// An object with a version for each service named.
    static var versions: Shape {
        Shape("an object of versions by service") { node, label, problems in
            guard
                let entries = Shape<[(key: Located<String>, value: Version)]>.entries(of: .version)
                    .read(node, label, problems)
            else { return nil }
            var versions: [ServiceName: Version] = [:]
            for (key, version) in entries {
                guard let service = ServiceName(key.value) else {
                    problems.add(
                        key.place,
                        .badValue,
                        "\(Problem.quote(key.value)) is no service",
                        remedy: NameRule.sentence
                    )
                    return nil
                }
                versions[service] = version
            }
            return versions
        }
    }
}

extension Shape where Value == HostKey {
    /// `region/host`
    static var host: Shape {
        parsed("a host as region/host", remedy: NameRule.sentence) { text in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let region = RegionName(parts[0]), let host = HostName(parts[1]) else { return nil }
            return HostKey(region: region, host: host)
        }
    }
}
