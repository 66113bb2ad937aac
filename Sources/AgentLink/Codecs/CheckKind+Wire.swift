import SwiftProtobuf
import TimeAndChance
import TrainModel
import WireMessages

extension Check.Kind {
    /// A kind of which this version knows no number is an unknown field, and refused before.
    init(_ wire: Wavetrain_V1_Check.OneOf_Kind?) throws(LinkError) {
        switch wire {
        case .http(let http):
            self = .http(try Field.message("http") { () throws(LinkError) in try HTTPCheck(http) })
        case .tcp(let tcp): self = .tcp(address: try Self.text(tcp.address, "tcp.address"))
        case .tls(let tls): self = .tls(try Field.message("tls") { () throws(LinkError) in try TLSCheck(tls) })
        case .command(let command):
            self = .command(arguments: try Field.command(command.arguments, "command.arguments"))
        case .file(let file): self = .file(try Field.message("file") { () throws(LinkError) in try FileCheck(file) })
        case .log(let log): self = .log(try Field.message("log") { () throws(LinkError) in try LogCheck(log) })
        case .metric(let metric):
            self = .metric(try Field.message("metric") { () throws(LinkError) in try MetricCheck(metric) })
        case .process(let process):
            self = .process(try Field.message("process") { () throws(LinkError) in try ProcessCheck(process) })
        case .runningVersion: self = .runningVersion
        case nil: throw .missing("kind")
        }
    }

    func wire() throws(LinkError) -> Wavetrain_V1_Check.OneOf_Kind {
        switch self {
        case .http(let check): .http(try Wavetrain_V1_HTTPCheck(check))
        case .tcp(let address): .tcp(.with { $0.address = address })
        case .tls(let check): .tls(Wavetrain_V1_TLSCheck(check))
        case .command(let arguments): .command(.with { $0.arguments = arguments })
        case .file(let check): .file(Wavetrain_V1_FileCheck(check))
        case .log(let check): .log(Wavetrain_V1_LogCheck(check))
        case .metric(let check): .metric(Wavetrain_V1_MetricCheck(check))
        case .process(let check): .process(Wavetrain_V1_ProcessCheck(check))
        case .runningVersion: .runningVersion(.init())
        }
    }

    fileprivate static func text(_ text: String, _ field: StaticString) throws(LinkError) -> String {
        try Field.requiredText(text, bytes_max: Bounds.checkTextBytes_max, field)
    }

    fileprivate static func interval(ms: UInt64, _ field: StaticString) throws(LinkError) -> Interval {
        guard ms <= Bounds.checkAge_ms_max else { throw .bounds(field, "\(ms) ms are too many.") }
        return Interval(ms: Int64(ms))
    }
}

extension HTTPCheck {
    fileprivate init(_ wire: Wavetrain_V1_HTTPCheck) throws(LinkError) {
        self.init(
            url: try Check.Kind.text(wire.url, "url"),
            status: try HTTPStatuses(wire),
            bodyContains: try Field.text(wire.bodyContains, bytes_max: Bounds.checkTextBytes_max, "body_contains"),
            bodyMatches: wire.bodyMatches.isEmpty
                ? nil : try Field.text(wire.bodyMatches, bytes_max: Bounds.patternBytes_max, "body_matches"),
            headers: try Field.list(wire.headers, count_max: Bounds.headerRules_max, "headers") {
                (header) throws(LinkError) in
                Header(
                    name: try Field.code(header.name, "name"),
                    equals: header.hasEquals
                        ? try Field.text(header.equals, bytes_max: Bounds.checkTextBytes_max, "equals") : nil
                )
            },
            latency_max: wire.latencyMaxMs == 0 ? nil : .milliseconds(Int64(wire.latencyMaxMs))
        )
    }
}

extension HTTPStatuses {
    fileprivate init(_ wire: Wavetrain_V1_HTTPCheck) throws(LinkError) {
        guard wire.status != 0 || !wire.statuses.isEmpty else { throw .missing("status") }
        guard wire.status == 0 || wire.statuses.isEmpty else { throw .invalid("status", "It stands in two fields.") }
        guard wire.status == 0 else {
            guard let statuses = HTTPStatuses([Int(wire.status)...Int(wire.status)]) else {
                throw .bounds("status", "\(wire.status) is no HTTP status from 100 to 599.")
            }
            self = statuses
            return
        }
        let ranges = try Field.list(wire.statuses, count_max: Self.ranges_max, "statuses") {
            (range) throws(LinkError) in
            guard range.first <= range.last else { throw .invalid("last", "It stands before the first.") }
            return Int(range.first)...Int(range.last)
        }
        // One set has one spelling.
        guard let statuses = HTTPStatuses(ranges), statuses.ranges == ranges, statuses.only == nil else {
            throw .invalid("statuses", "They are no ascending HTTP statuses from 100 to 599, or one that stands alone.")
        }
        self = statuses
    }
}

extension TLSCheck {
    fileprivate init(_ wire: Wavetrain_V1_TLSCheck) throws(LinkError) {
        self.init(
            address: try Check.Kind.text(wire.address, "address"),
            serverName: wire.serverName.isEmpty ? nil : try Check.Kind.text(wire.serverName, "server_name"),
            left_min: try Check.Kind.interval(ms: wire.leftMinMs, "left_min_ms"),
            isTrusted: wire.trusted
        )
    }
}

extension FileCheck {
    fileprivate init(_ wire: Wavetrain_V1_FileCheck) throws(LinkError) {
        guard let size_bytes = Int64(exactly: wire.sizeBytesMin) else {
            throw .bounds("size_bytes_min", "No file has \(wire.sizeBytesMin) bytes.")
        }
        self.init(
            path: try Check.Kind.text(wire.path, "path"),
            age_max: wire.ageMaxMs == 0 ? nil : try Check.Kind.interval(ms: wire.ageMaxMs, "age_max_ms"),
            size_bytes_min: size_bytes
        )
    }
}

extension LogCheck {
    fileprivate init(_ wire: Wavetrain_V1_LogCheck) throws(LinkError) {
        guard wire.linesMax <= Bounds.logLines_max else {
            throw .bounds("lines_max", "\(wire.linesMax) is more than \(Bounds.logLines_max).")
        }
        self.init(
            path: try Check.Kind.text(wire.path, "path"),
            pattern: try Field.requiredText(wire.pattern, bytes_max: Bounds.patternBytes_max, "pattern"),
            lines_max: Int(wire.linesMax)
        )
    }
}

extension MetricCheck {
    fileprivate init(_ wire: Wavetrain_V1_MetricCheck) throws(LinkError) {
        let labels = try Field.list(wire.labels, count_max: Bounds.labelRules_max, "labels") {
            (label) throws(LinkError) in
            Label(
                name: try Check.Kind.text(label.name, "name"),
                value: try Field.text(label.value, bytes_max: Bounds.checkTextBytes_max, "value")
            )
        }
        guard zip(labels, labels.dropFirst()).allSatisfy({ $0.name < $1.name }) else {
            throw .invalid("labels", "They are not sorted, or one stands twice.")
        }
        guard wire.hasLeastMilli || wire.hasMostMilli else { throw .missing("most_milli") }
        self.init(
            url: try Check.Kind.text(wire.url, "url"),
            metric: try Check.Kind.text(wire.metric, "metric"),
            labels: labels,
            least_milli: wire.hasLeastMilli ? wire.leastMilli : nil,
            most_milli: wire.hasMostMilli ? wire.mostMilli : nil,
            isPerMinute: wire.perMinute
        )
    }
}

extension ProcessCheck {
    fileprivate init(_ wire: Wavetrain_V1_ProcessCheck) throws(LinkError) {
        switch wire.by {
        case .pidFile(let path): self = .pidFile(path: try Check.Kind.text(path, "pid_file"))
        case .program(let name): self = .program(name: try Check.Kind.text(name, "program"))
        case .unit(let name): self = .unit(name: try Check.Kind.text(name, "unit"))
        case nil: throw .missing("by")
        }
    }
}

extension Wavetrain_V1_HTTPCheck {
    fileprivate init(_ check: HTTPCheck) throws(LinkError) {
        self.init()
        url = check.url
        if let only = check.status.only {
            guard let only = UInt32(exactly: only) else { throw .bounds("http.status", "\(only) is negative.") }
            status = only
        } else {
            statuses = check.status.ranges.map { range in
                .with {
                    $0.first = UInt32(clamping: range.lowerBound)
                    $0.last = UInt32(clamping: range.upperBound)
                }
            }
        }
        bodyContains = check.bodyContains
        bodyMatches = check.bodyMatches ?? ""
        headers = check.headers.map { header in
            .with {
                $0.name = header.name
                if let equals = header.equals { $0.equals = equals }
            }
        }
        latencyMaxMs = try check.latency_max?.wire_ms("http.latency_max_ms") ?? 0
    }
}

extension Wavetrain_V1_TLSCheck {
    fileprivate init(_ check: TLSCheck) {
        self.init()
        address = check.address
        serverName = check.serverName ?? ""
        leftMinMs = UInt64(clamping: check.left_min.ms)
        trusted = check.isTrusted
    }
}

extension Wavetrain_V1_FileCheck {
    fileprivate init(_ check: FileCheck) {
        self.init()
        path = check.path
        ageMaxMs = UInt64(clamping: check.age_max?.ms ?? 0)
        sizeBytesMin = UInt64(clamping: check.size_bytes_min)
    }
}

extension Wavetrain_V1_LogCheck {
    fileprivate init(_ check: LogCheck) {
        self.init()
        path = check.path
        pattern = check.pattern
        linesMax = UInt32(clamping: check.lines_max)
    }
}

extension Wavetrain_V1_MetricCheck {
    fileprivate init(_ check: MetricCheck) {
        self.init()
        url = check.url
        metric = check.metric
        labels = check.labels.map { label in
            .with {
                $0.name = label.name
                $0.value = label.value
            }
        }
        if let least = check.least_milli { leastMilli = least }
        if let most = check.most_milli { mostMilli = most }
        perMinute = check.isPerMinute
    }
}

extension Wavetrain_V1_ProcessCheck {
    fileprivate init(_ check: ProcessCheck) {
        self.init()
        switch check {
        case .pidFile(let path): pidFile = path
        case .program(let name): program = name
        case .unit(let name): unit = name
        }
    }
}
