import Cryptography
import HTTPCalls
import Outside
import StructuredText
import TimeAndChance
import TrainModel

/// Brings notices to their channels, each once a call; whoever calls decides whether to try again.
public struct NoticeCarrier: Sendable {
    private let cluster: ClusterName
    private let channels: [String: Channel]
    private let http: HTTPClient
    private let now: @Sendable () -> Instant

    public init(
        cluster: ClusterName,
        channels: [String: Channel],
        http: HTTPClient,
        now: @escaping @Sendable () -> Instant = { WallClock.now() }
    ) {
        self.cluster = cluster
        self.channels = channels
        self.http = http
        self.now = now
    }

    /// Nil once the channel has taken the notice; otherwise why not, on one line and without secrets.
    public func deliver(_ notice: Notice, within: Interval) async -> String? {
        guard let channel = channels[notice.channel] else {
            let remedy = Suggestion.remedy(for: notice.channel, among: channels.keys)
            return OutsideFailure(
                .notConfigured,
                "the controller has no channel \(Problem.quote(notice.channel))",
                remedy: remedy ?? "name it under `channels` in the controller's configuration"
            ).description
        }
        do throws(OutsideFailure) {
            switch channel {
            case .webhook(let webhook): try await post(notice, to: webhook, within: within)
            case .mail(let box): try await mail(notice, to: box, within: within)
            }
            return nil
        } catch {
            return error.description
        }
    }

    // MARK: - Webhooks

    private func post(_ notice: Notice, to webhook: Webhook, within: Interval) async throws(OutsideFailure) {
        let address =
            switch webhook.address {
            case .plain(let address): address
            case .secret(let file): try HTTPAddress(file.read())
            }
        let body = JSONText.write(webhook.format.document(of: notice, from: cluster))
        var headers = [HTTPHeader("Content-Type", "application/json"), HTTPHeader("User-Agent", "wavetrain")]
        if let key = webhook.key { headers += try signature(of: body, key) }
        let timeout_ms = Int(clamping: max(1, within.ms))
        let call = HTTPCall(
            "POST",
            url: address.text,
            headers: headers,
            body: .bytes(body),
            limits: HTTPLimits(timeout_ms: timeout_ms, connectTimeout_ms: timeout_ms, responseBytes_max: 64 << 10),
            proxy: address.isLoopback ? .none : .environment
        )
        let response: HTTPResponse
        do {
            response = try await http.response(to: call)
        } catch {
            throw Self.failure(error, of: address)
        }
        guard response.isSuccess else { throw Self.refusal(response, by: address) }
    }

    /// Of the time, a dot and the body, so that neither can be changed and an old notice cannot be sent again later.
    private func signature(of body: [UInt8], _ key: SecretText) throws(OutsideFailure) -> [HTTPHeader] {
        let secret = try key.read()
        let time_s = now().unix_ms / 1_000
        do {
            let code = try MessageCode.code(of: Array("\(time_s).".utf8) + body, key: secret.utf8)
            return [
                HTTPHeader("X-Wavetrain-Timestamp", "\(time_s)"),
                HTTPHeader("X-Wavetrain-Signature", "sha256=\(code.hex)"),
            ]
        } catch {
            throw OutsideFailure(
                .notAllowed,
                "the notice cannot be signed: \(error)",
                remedy: "check the machine's memory and the OpenSSL configuration"
            )
        }
    }

    private static func refusal(_ response: HTTPResponse, by address: HTTPAddress) -> OutsideFailure {
        let said = String(decoding: response.body.prefix(200), as: UTF8.self)
        return OutsideFailure(
            .refused,
            "\(address.authority) answered \(response.status)\(said.isEmpty ? "" : " " + Problem.quote(said))",
            remedy: "check the channel's address with whoever runs it"
        )
    }

    /// Names the host alone: the path of a webhook may be a secret.
    private static func failure(_ error: HTTPCallError, of address: HTTPAddress) -> OutsideFailure {
        OutsideFailure(
            error.code == .timedOut ? .timedOut : .unreachable,
            "\(address.authority): \(error.reason)",
            remedy: error.code.remedy
        )
    }

    // MARK: - Mail

    private func mail(_ notice: Notice, to box: MailBox, within: Interval) async throws(OutsideFailure) {
        var account: MailCall.Account?
        if let user = box.user, let password = box.password {
            account = MailCall.Account(user: user, password: try password.read())
        }
        let message = MailMessage(notice: notice, cluster: cluster, from: box.from, to: box.to)
        let call = MailCall(
            host: box.host,
            port: box.port,
            protection: box.protection,
            account: account,
            authorityFile: box.authorityFile,
            from: box.from,
            to: box.to,
            message: message.bytes,
            timeout_ms: Int(clamping: max(1, within.ms))
        )
        do throws(MailCallError) {
            try await call.send()
        } catch {
            let code: OutsideFailure.Code =
                switch error.code {
                case .timedOut: .timedOut
                case .refused, .loginDenied: .refused
                default: .unreachable
                }
            throw OutsideFailure(code, "\(error.server): \(Problem.quote(error.reason))", remedy: error.code.remedy)
        }
    }
}
