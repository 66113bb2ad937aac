import StructuredText
import TimeAndChance
import TrainModel

/// Smoke tests of what stands behind an address or on the host's own disk.
extension Shape where Value == Check {
    /// `tls: example.com:443`, or a mapping of `address` or `port` and how long the certificates must be good.
    static var tls: Shape {
        let standard = Interval.days(14)
        let long = Shape.mapping { fields in
            let address = fields.optional("address", .tcpAddress, "Where to connect.")
            let port = fields.optional("port", .port, "The port to connect to on the host itself.")
            fields.requireOne(of: "address", "port")
            let serverName = fields.optional("server_name", .dnsName, "The name that is asked for.")
            let left_min = fields.value(
                "valid_for",
                .interval(in: .zero ... .days(1_000)),
                default: standard,
                "No certificate ends sooner."
            )
            let isTrusted = fields.value(
                "trusted",
                .bool,
                default: false,
                "true: the host must also trust the chain, for that name."
            )
            let terms = CheckTerms.read(fields)
            return (address ?? port.map { "127.0.0.1:\($0)" }).map {
                let check = TLSCheck(
                    address: $0,
                    serverName: serverName,
                    left_min: left_min,
                    isTrusted: isTrusted
                )
                return terms.check("tls \($0)", .tls(check))
            }
        }
        let short = Shape<String>.tcpAddress.map {
            CheckTerms().check("tls \($0)", .tls(TLSCheck(address: $0, left_min: standard)))
        }
        return either("an address such as example.com:443, or a mapping", short: short, long: long)
    }

    /// `file: state/ready`, or a mapping of `path` and how new and large it must be.
    static var file: Shape {
        let long = Shape.mapping { fields in
            let path = fields.required("path", .hostPath, "Inside the release directory, or absolute.")
            let age_max = fields.optional(
                "younger_than",
                .interval(in: .seconds(1) ... .days(1_000)),
                "It must have been written no longer ago."
            )
            let size_bytes = fields.value(
                "min_bytes",
                .integer(in: 0...1 << 50),
                default: 0,
                "It must be at least so large."
            )
            let terms = CheckTerms.read(fields)
            return path.map {
                let check = FileCheck(path: $0, age_max: age_max, size_bytes_min: Int64(size_bytes))
                return terms.check("file \($0)", .file(check))
            }
        }
        let short = Shape<String>.hostPath.map { CheckTerms().check("file \($0)", .file(FileCheck(path: $0))) }
        return either("a path on the host, or a mapping", short: short, long: long)
    }

    /// Lines that a log may not hold, or not many of.
    static var log: Shape {
        .mapping { fields in
            let path = fields.required("path", .hostPath, "Inside the release directory, or absolute.")
            let pattern = fields.required("pattern", .pattern, "Lines in which it occurs count.")
            let most = fields.value(
                "at_most",
                .integer(in: 0...1_000_000),
                default: 0,
                "So many such lines pass, since the service was started."
            )
            let terms = CheckTerms.read(fields)
            guard let path, let pattern else { return nil }
            return terms.check("log \(path)", .log(LogCheck(path: path, pattern: pattern, lines_max: most)))
        }
    }

    /// The service's process, by a file with its number, its program's name or its unit.
    static var process: Shape {
        .mapping { fields in
            let pidFile = fields.optional("pid_file", .hostPath, "A file that holds the process's number.")
            let program = fields.optional("program", .programName, "The program's name, without its folder.")
            let unit = fields.optional("unit", .unitName, "The unit of systemd, such as web.service.")
            fields.requireOne(of: "pid_file", "program", "unit")
            let terms = CheckTerms.read(fields)
            if let pidFile { return terms.check("process of \(pidFile)", .process(.pidFile(path: pidFile))) }
            if let program { return terms.check("process \(program)", .process(.program(name: program))) }
            return unit.map { terms.check("process of \($0)", .process(.unit(name: $0))) }
        }
    }
}
