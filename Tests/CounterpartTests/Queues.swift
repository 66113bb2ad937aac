import Foundation
import HTTPCalls
import Testing

/// moto's SQS, and whoever puts work into it.
struct Queues {
    private let server: Counterpart
    private let http = HTTPClient()
    /// A file as AWS' own tools read it.
    let credentials: String

    var origin: String { server.origin }

    init() throws {
        let folder = try Scratch()
        server = try Counterpart(
            PythonPrograms.path("moto_server"),
            ["-H", "127.0.0.1", "-p", "0"],
            in: folder,
            listensWith: "Running on http://127.0.0.1:",
            package: PythonPrograms.package
        )
        credentials = try folder.write(
            "aws",
            "[default]\naws_access_key_id = EXAMPLE\naws_secret_access_key = example/%secret\n"
        )
    }

    func make(_ queue: String, region: String = "us-west-2") async throws {
        _ = try await ask("CreateQueue", ["QueueName": queue], region)
    }

    func send(_ jobs: Int, to queue: String) async throws {
        for number in 1...jobs {
            _ = try await ask("SendMessage", try await about(queue, ["MessageBody": "job \(number)"]))
        }
    }

    /// Begins to work on a job; returns what proves it.
    func receive(from queue: String) async throws -> String {
        let said = try await ask("ReceiveMessage", try await about(queue, ["MaxNumberOfMessages": 1]))
        let messages = try #require(said["Messages"] as? [[String: Any]])
        return try #require(messages.first?["ReceiptHandle"] as? String)
    }

    func delete(_ job: String, from queue: String) async throws {
        _ = try await ask("DeleteMessage", try await about(queue, ["ReceiptHandle": job]))
    }

    /// All of it is done.
    func drain(_ queue: String) async throws { _ = try await ask("PurgeQueue", try await about(queue, [:])) }

    private func about(_ queue: String, _ question: [String: Any]) async throws -> [String: Any] {
        let url = try #require(try await ask("GetQueueUrl", ["QueueName": queue])["QueueUrl"] as? String)
        return question.merging(["QueueUrl": url]) { $1 }
    }

    /// As any client of SQS does it.
    private func ask(_ action: String, _ question: [String: Any], _ region: String = "us-west-2") async throws
        -> [String: Any]
    {
        let credential = "Credential=a/20261120/\(region)/sqs/aws4_request"
        let response = try await http.response(
            to: HTTPCall(
                "POST",
                url: origin + "/",
                headers: [
                    HTTPHeader("X-Amz-Target", "AmazonSQS.\(action)"),
                    HTTPHeader("Content-Type", "application/x-amz-json-1.0"),
                    HTTPHeader("Authorization", "AWS4-HMAC-SHA256 \(credential), SignedHeaders=host, Signature=b"),
                ],
                body: .bytes(Array(try JSONSerialization.data(withJSONObject: question))),
                proxy: .none
            )
        )
        let said = String(decoding: response.body, as: UTF8.self)
        try #require(response.isSuccess, "\(action): \(said)")
        guard !response.body.isEmpty else { return [:] }
        return try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any], "\(said)")
    }
}
