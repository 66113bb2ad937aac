import ArgumentParser
import TimeAndChance
import TrainModel

// How names, versions and lengths of time are read from arguments. What cannot be one is refused with its rule.

extension Name: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension Version: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension Digest: ExpressibleByArgument {
    /// With the name of the algorithm before it, as registries write it, or without.
    public init?(argument: String) {
        let name = "sha256:"
        self.init(hex: argument.hasPrefix(name) ? String(argument.dropFirst(name.count)) : argument)
    }
}

extension Interval: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension HostKey: ExpressibleByArgument {
    /// `region/host`
    public init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let region = RegionName(parts[0]), let host = HostName(parts[1]) else { return nil }
        self.init(region: region, host: host)
    }
}

/// `service=version`
struct ServiceVersion: ExpressibleByArgument {
    let service: ServiceName
    let version: Version

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let service = ServiceName(parts[0]), let version = Version(parts[1]) else { return nil }
        self.service = service
        self.version = version
    }
}

/// `key=value`
struct KeyValue: ExpressibleByArgument {
    let key: String
    let value: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        key = String(parts[0])
        value = String(parts[1])
    }

    var tag: Tag { Tag(key: key, value: value) }
}
