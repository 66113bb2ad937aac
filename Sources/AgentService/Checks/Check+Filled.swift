import TrainModel

extension Check.Kind {
    /// The same check with its texts filled; names and patterns stay as they are.
    func filled<Failure>(_ fill: (String) throws(Failure) -> String) throws(Failure) -> Check.Kind {
        switch self {
        case .http(var page):
            page.url = try fill(page.url)
            page.bodyContains = try fill(page.bodyContains)
            for index in page.headers.indices {
                guard let equals = page.headers[index].equals else { continue }
                page.headers[index].equals = try fill(equals)
            }
            return .http(page)
        case .tcp(let address): return .tcp(address: try fill(address))
        case .tls(var server):
            server.address = try fill(server.address)
            return .tls(server)
        case .command(let arguments):
            var filled: [String] = []
            for argument in arguments { filled.append(try fill(argument)) }
            return .command(arguments: filled)
        case .file(var file):
            file.path = try fill(file.path)
            return .file(file)
        case .log(var log):
            log.path = try fill(log.path)
            return .log(log)
        case .metric(var metric):
            metric.url = try fill(metric.url)
            for index in metric.labels.indices { metric.labels[index].value = try fill(metric.labels[index].value) }
            return .metric(metric)
        case .process(.pidFile(let path)): return .process(.pidFile(path: try fill(path)))
        case .process, .runningVersion: return self
        }
    }
}
