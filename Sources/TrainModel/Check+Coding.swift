import TimeAndChance

/// Checks stand in plans, whose digests people approve, and in journals: one that could be written before is written as
/// it was then.
extension Check.Kind: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case http, tcp, tls, command, file, log, metric, process, runningVersion
    }

    private struct Address: Codable { let address: String }
    private struct Arguments: Codable { let arguments: [String] }
    private struct Nothing: Codable {}

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .http(let check): try container.encode(check, forKey: .http)
        case .tcp(let address): try container.encode(Address(address: address), forKey: .tcp)
        case .tls(let check): try container.encode(check, forKey: .tls)
        case .command(let arguments): try container.encode(Arguments(arguments: arguments), forKey: .command)
        case .file(let check): try container.encode(check, forKey: .file)
        case .log(let check): try container.encode(check, forKey: .log)
        case .metric(let check): try container.encode(check, forKey: .metric)
        case .process(let check): try container.encode(check, forKey: .process)
        case .runningVersion: try container.encode(Nothing(), forKey: .runningVersion)
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "This is no kind of check.")
            )
        }
        switch key {
        case .http: self = .http(try container.decode(HTTPCheck.self, forKey: key))
        case .tcp: self = .tcp(address: try container.decode(Address.self, forKey: key).address)
        case .tls: self = .tls(try container.decode(TLSCheck.self, forKey: key))
        case .command: self = .command(arguments: try container.decode(Arguments.self, forKey: key).arguments)
        case .file: self = .file(try container.decode(FileCheck.self, forKey: key))
        case .log: self = .log(try container.decode(LogCheck.self, forKey: key))
        case .metric: self = .metric(try container.decode(MetricCheck.self, forKey: key))
        case .process: self = .process(try container.decode(ProcessCheck.self, forKey: key))
        case .runningVersion: self = .runningVersion
        }
    }
}

extension HTTPCheck: Codable {
    private enum Key: String, CodingKey { case url, status, bodyContains, bodyMatches, headers, latency_max }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(url, forKey: .url)
        try container.encode(status, forKey: .status)
        try container.encode(bodyContains, forKey: .bodyContains)
        try container.encodeIfPresent(bodyMatches, forKey: .bodyMatches)
        if !headers.isEmpty { try container.encode(headers, forKey: .headers) }
        try container.encodeIfPresent(latency_max, forKey: .latency_max)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            url: try container.decode(String.self, forKey: .url),
            status: try container.decode(HTTPStatuses.self, forKey: .status),
            bodyContains: try container.decode(String.self, forKey: .bodyContains),
            bodyMatches: try container.decodeIfPresent(String.self, forKey: .bodyMatches),
            headers: try container.decodeIfPresent([Header].self, forKey: .headers) ?? [],
            latency_max: try container.decodeIfPresent(Interval.self, forKey: .latency_max)
        )
    }
}
