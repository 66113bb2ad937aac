import AgentLink
import HTTPCalls
import HostDecisions
import NIOCore
import NIOPosix
import TimeAndChance
import TrainModel

/// One look at a service through one check, over real sockets and processes.
struct CheckRunner: Sendable {
    let hooks: ServiceHooks
    let http: HTTPClient

    enum Look: Hashable, Sendable {
        case passed
        case failed(String)
    }

    /// Takes no longer than the check's `within`.
    func look(_ check: Check, at subject: ServiceHooks.Subject) async -> Look {
        switch check.kind {
        case .http(let url, let status, let bodyContains):
            await expanding([url, bodyContains], subject) { texts in
                await lookHTTP(texts[0], status: status, bodyContains: texts[1], within: check.within)
            }
        case .tcp(let address):
            await expanding([address], subject) { await lookTCP($0[0], within: check.within) }
        case .command(let arguments):
            await expanding(arguments, subject) { await lookCommand($0, check, subject) }
        case .runningVersion: await lookVersion(check, subject)
        }
    }

    private func expanding(
        _ texts: [String],
        _ subject: ServiceHooks.Subject,
        _ body: ([String]) async -> Look
    ) async -> Look {
        switch subject.variables.expand(texts) {
        case .success(let texts): await body(texts)
        case .failure(let missing): .failed(missing.sentence)
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
            return .failed("\(address) cannot be connected to: \(error)")
        }
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
