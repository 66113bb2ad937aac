import AgentLink
import Glibc
import HTTPCalls
import HostDecisions
import NIOCore
import NIOPosix
import TimeAndChance
import TrainModel

/// One look at a service through one check, over real sockets, files and processes.
struct CheckRunner: Sendable {
    let hooks: ServiceHooks
    let http: HTTPClient
    /// What earlier looks saw, for those that compare.
    let memory = LookMemory()
    let logs = LogBook()
    var processes = ProcessTable()
    var clock: @Sendable () -> Instant = { WallClock.now() }

    enum Look: Hashable, Sendable {
        case passed
        case failed(String)
        /// Nothing could be seen, and why.
        case blind(String)
    }

    /// Takes no longer than the check's `within`.
    func look(_ check: Check, at subject: ServiceHooks.Subject) async -> Look {
        let kind: Check.Kind
        do throws(ServiceVariables.MissingVariable) {
            kind = try check.kind.filled { (text) throws(ServiceVariables.MissingVariable) in
                try subject.variables.expand(text).get()
            }
        } catch {
            return .failed(error.sentence)
        }
        switch kind {
        case .http(let page): return await lookHTTP(page, within: check.within)
        case .tcp(let address): return await lookTCP(address, within: check.within)
        case .tls(let server): return await lookTLS(server, within: check.within)
        case .command(let arguments): return await lookCommand(arguments, check, subject)
        case .file(let file): return await lookFile(file, subject)
        case .log(let log): return await lookLog(log, check, subject)
        case .metric(let metric): return await lookMetric(metric, check, subject)
        case .process(let process): return await lookProcess(process, check, subject)
        case .runningVersion: return await lookVersion(check, subject)
        }
    }

    private func lookTCP(_ address: String, within: Interval) async -> Look {
        guard let target = NetworkAddress(address) else { return .failed("\(address) is no host:port") }
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.milliseconds(within.ms))
                .connect(host: target.host, port: target.port)
                .get()
            try await channel.close()
            return .passed
        } catch {
            return .failed("\(address) cannot be connected to: \(Self.words(of: error))")
        }
    }

    /// What the kernel said of the last address that was tried.
    private static func words(of error: any Error) -> String {
        guard let failure = (error as? NIOConnectionError)?.connectionErrors.last?.error else { return "\(error)" }
        return (failure as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(failure)"
    }

    private func lookCommand(_ arguments: [String], _ check: Check, _ subject: ServiceHooks.Subject) async -> Look {
        let call = hooks.call(arguments, label: "the check \(check.name)", timeout: check.within, subject)
        let result = await hooks.runner.run(call)
        return result.explainedFailure(of: call).map { .failed($0.sentence) } ?? .passed
    }

    /// Asks the verify hook, which only looks.
    private func lookVersion(_ check: Check, _ subject: ServiceHooks.Subject) async -> Look {
        guard let result = await hooks.run(.verify, subject, timeout_max: check.within)?.result else {
            return .failed("there is no verify hook that could name the running version")
        }
        let wanted = subject.deployment.artifact.version
        if case .failed(_, let sentence) = result.verdict { return .failed(sentence) }
        guard let version = result.version else { return .failed("the verify hook named no version") }
        return version == wanted ? .passed : .failed("\(version) is running, not \(wanted)")
    }
}
