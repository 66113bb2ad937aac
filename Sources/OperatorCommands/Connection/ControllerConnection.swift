import Foundation
import HTTPCalls
import StructuredText
import TrainModel

/// Asks the controller, and turns every way of not getting an answer into a sentence with a remedy.
struct ControllerConnection: Sendable {
    private static let answer_bytes_max = 64 << 20
    /// The controller sends at least a blank line every 10 s.
    static let streamStall_s = 30

    let address: ControllerAddress
    private let client = HTTPClient()

    func get<Answer: Decodable>(_ path: String, as _: Answer.Type = Answer.self) async throws -> Answer {
        try StrictJSON.decode(await answer(to: call("GET", path)).body, from: path)
    }

    func getBytes(_ path: String) async throws -> [UInt8] {
        try await answer(to: call("GET", path)).body
    }

    @discardableResult
    func post<Answer: Decodable>(_ path: String, _ body: JSONValue, as _: Answer.Type = Answer.self) async throws
        -> Answer
    {
        var call = call("POST", path)
        call.headers.append(HTTPHeader("Content-Type", "application/json"))
        call.body = .bytes(JSONText.write(body))
        return try StrictJSON.decode(await answer(to: call).body, from: path)
    }

    /// Sends a bundle from its byte `offset_bytes` on.
    func putFile<Answer: Decodable>(
        _ path: String,
        file: String,
        offset_bytes: Int,
        digest: Digest,
        headers: [HTTPHeader] = [],
        as _: Answer.Type = Answer.self
    ) async throws -> Answer {
        var call = call("PUT", path)
        call.headers.append(HTTPHeader("Wavetrain-Digest", digest.hex))
        call.headers.append(HTTPHeader("Wavetrain-Offset", "\(offset_bytes)"))
        call.headers += headers
        call.body = .file(path: file, offset_bytes: offset_bytes)
        // As long as it goes on: a bundle may be large and the line slow.
        call.limits.timeout_ms = nil
        call.limits.stallTimeout_s = 60
        // libcurl would send all of it again by itself where a connection that served before is cut.
        call.reusesConnections = false
        return try StrictJSON.decode(await answer(to: call).body, from: path)
    }

    /// The lines of a stream as they come.
    func lines(_ path: String) async throws -> HTTPLines {
        var call = call("GET", path)
        call.limits.timeout_ms = nil
        call.limits.stallTimeout_s = Self.streamStall_s
        let lines: HTTPLines
        do { lines = try await client.lines(of: call) } catch { throw failure(error) }
        guard lines.head.isSuccess else {
            var body: [UInt8] = []
            do {
                while let line = try await lines.next(), body.count < Self.answer_bytes_max { body += line + [0x0a] }
            } catch { throw failure(error) }
            throw Self.refusal(status: lines.head.status, body)
        }
        return lines
    }

    /// What a stream that broke off is called.
    func failure(_ error: HTTPCallError) -> CommandFailure {
        let remedy =
            switch error.code {
            case .tlsFailed:
                "name the controller's authority with --ca-file, and an address that stands in its certificate"
            case .refused, .unreachable, .unresolved:
                "check that the controller runs, and that --url or WAVETRAIN_URL names it"
            case .closedEarly, .badResponse:
                "check whether the address wants https:// or http://, and look into the controller's log"
            default: error.code.remedy
            }
        let status: ExitStatus =
            switch error.code {
            case .badCall, .localFile, .tooLarge, .abandoned, .cancelled: .failed
            case .unresolved, .refused, .unreachable, .timedOut, .tlsFailed, .closedEarly, .badResponse,
                .tooManyRedirects, .other:
                .unreachable
            }
        let sentence =
            status == .unreachable
            ? "cannot reach the controller at \(address.url): \(SafeText.line(error.reason))"
            : SafeText.line(error.reason)
        return CommandFailure(status, sentence, remedy: remedy)
    }

    private func call(_ method: String, _ path: String) -> HTTPCall {
        var limits = HTTPLimits()
        limits.responseBytes_max = Self.answer_bytes_max
        return HTTPCall(
            method,
            url: address.url + path,
            headers: [HTTPHeader("Authorization", "Bearer \(address.token)")],
            limits: limits,
            trust: address.trust,
            // A proxy has no business with what goes to the own host.
            proxy: Loopback.contains(URLComponents(string: address.url)?.host ?? "") ? .none : .environment
        )
    }

    private func answer(to call: HTTPCall) async throws -> HTTPResponse {
        let response: HTTPResponse
        do { response = try await client.response(to: call) } catch { throw failure(error) }
        guard response.isSuccess else { throw Self.refusal(status: response.status, response.body) }
        return response
    }

    /// What the controller says when it does not do what was asked.
    private static func refusal(status: Int, _ body: [UInt8]) -> CommandFailure {
        // An answer in another form is not a controller's, whatever is wrong with it.
        guard let answer = try? StrictJSON.decode(body, from: "error", as: RefusalAnswer.self) else {
            return CommandFailure(
                .unreachable,
                "what answers is no controller: status \(status)",
                remedy: "check --url, and whether a proxy stands between"
            )
        }
        let error = answer.error
        let remedy =
            status == 401
            ? "check the token in --token-file, WAVETRAIN_TOKEN_FILE or WAVETRAIN_TOKEN; its SHA-256 stands in the "
                + "controller's configuration"
            : SafeText.line(error.remedy)
        return CommandFailure(
            .failed,
            SafeText.line(error.sentence),
            remedy: remedy,
            // A single one stands in the sentence already.
            problems: error.problems.map(\.problem).filter { !error.sentence.contains($0.description) },
            code: error.code
        )
    }
}

private struct RefusalAnswer: Decodable {
    struct Body: Decodable {
        let code: String
        let sentence: String
        let remedy: String
        let problems: [Mistake]
    }

    struct Mistake: Decodable {
        let file: String
        let line: Int
        let column: Int
        let code: String
        let sentence: String
        let remedy: String

        var problem: Problem {
            Problem(
                Place(file: SafeText.line(file), line: line, column: column),
                Problem.Code(rawValue: code),
                SafeText.line(sentence),
                remedy: remedy.isEmpty ? nil : SafeText.line(remedy)
            )
        }
    }

    let error: Body
}
