import AgentLink
import Cryptography
import Glibc
import HostDecisions
import NIOPosix
import TLSChannel
import TimeAndChance
import TrainModel

/// Whether the controller can be reached, and whose clock is right.
extension HostDoctor {
    static let skew_usual = Interval.seconds(5)

    /// Whether anybody keeps this machine's clock right, as its time service itself notes.
    func judgeTimeService() -> ReportLine {
        let notes = [
            ("systemd-timesyncd", "/run/systemd/timesync/synchronized"), ("chrony", "/run/chrony/chronyd.pid"),
            ("chrony", "/run/chronyd.pid"), ("ntpd", "/run/ntpd.pid"),
        ]
        guard let (service, _) = notes.first(where: { Self.sees(systemRoot + $0.1) }) else {
            let remedy = "run systemd-timesyncd or chrony, unless what this machine runs on keeps its clock right"
            return .warn("time service", "nobody is seen to keep this machine's clock right", remedy: remedy)
        }
        return .ok("time service", "\(service) keeps the clock right")
    }

    func judgeController(_ identity: IdentityFiles.Identity) async -> [ReportLine] {
        let text = configuration.controller ?? identity.controller
        guard let address = NetworkAddress(text) else {
            return [.fail("controller", "\(text) is no host:port", remedy: "set controller in agent.yaml")]
        }
        let name = await judgeName(address.host)
        guard name.state != .fail else { return [name] }
        do {
            let credentials = TLSIdentity(
                certificateChainPEM: identity.certificateChainPEM,
                privateKeyPEM: try identity.key.secretPEM()
            )
            return [name] + (await talk(to: address, as: identity, credentials))
        } catch {
            return [name, .fail("control port", "\(error)", remedy: "enrol this host again")]
        }
    }

    func judgeName(_ host: String) async -> ReportLine {
        do {
            let count = try await DiskThreads.run { Self.addresses_count(of: host) }
            guard count > 0 else {
                let remedy = "look at /etc/resolv.conf, or at controller in agent.yaml"
                return .fail("name", "the name \(host) has no address", remedy: remedy)
            }
            return .ok("name", "\(host) has \(count) addresses")
        } catch {
            return .fail("name", "\(error)")
        }
    }

    private static func addresses_count(of host: String) -> Int {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        // 0, or an error's number; then there is no list.
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return 0 }
        defer { freeaddrinfo(list) }
        var count = 0
        var next = list
        while let address = next {
            count += 1
            next = address.pointee.ai_next
        }
        return count
    }

    /// Both protocols of the one port, the second with the host's certificate judged by the controller.
    private func talk(
        to address: NetworkAddress,
        as identity: IdentityFiles.Identity,
        _ credentials: TLSIdentity
    ) async -> [ReportLine] {
        let group = MultiThreadedEventLoopGroup.singleton
        var lines: [ReportLine] = []
        do {
            try await ControllerProbe.greet(
                address,
                cluster: identity.host.cluster,
                identity: credentials,
                authorityPEM: identity.authorityPEM,
                group: group
            )
            lines.append(.ok("control port", "\(address) proves to be the controller of \(identity.host.cluster)"))
        } catch {
            return [failure("control port", error, identity)]
        }
        do {
            let clock = try await ControllerProbe.clock(
                of: address,
                cluster: identity.host.cluster,
                identity: credentials,
                authorityPEM: identity.authorityPEM,
                group: group
            )
            lines.append(.ok("bundle port", "\(address) takes this host's certificate"))
            lines.append(judgeClock(clock, now: WallClock.now()))
        } catch {
            lines.append(failure("bundle port", error, identity))
        }
        return lines
    }

    private func failure(_ subject: String, _ error: any Error, _ identity: IdentityFiles.Identity) -> ReportLine {
        guard let error = error as? LinkError else { return .fail(subject, "\(error)") }
        let proxies = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        let hint: String
        switch error.code {
        case .unreachable:
            // The text, or nil where it is not set.
            let proxy = proxies.first { getenv($0) != nil }
            hint =
                proxy.map { " The agent takes no notice of \($0) and dials directly: let it through to the port." }
                ?? ""
        case .wrongPeer:
            hint = " This host belongs to \(identity.host.cluster): is controller in agent.yaml another cluster's?"
        default: hint = ""
        }
        return .fail(subject, error.sentence, remedy: error.remedy + hint)
    }

    /// - Parameter clock: the controller's; nil: it is of a version that does not tell it.
    func judgeClock(_ clock: Instant?, now: Instant) -> ReportLine {
        guard let clock else { return .warn("clock", "this controller does not tell its own", remedy: "upgrade it") }
        let skew = now - clock
        let size = max(skew, skew * -1)
        let words = "\(size) \(skew < .zero ? "behind" : "ahead of") the controller's"
        if size > ClockReading.ahead_max {
            return .fail("clock", words, remedy: "orders look expired, or live too long: set the clock that is wrong")
        }
        guard size <= Self.skew_usual else { return .warn("clock", words, remedy: "run a time service on both") }
        return .ok("clock", words)
    }
}
