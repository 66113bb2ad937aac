import Foundation
import HTTPCalls
import Outside
import Testing
import TimeAndChance
import TrainModel

/// moto's SQS on the other side of the recipe that operators install.
@Suite(.timeLimit(.minutes(2))) struct QueueCounterpartTests {
    private let queues: Counterpart
    private let http = HTTPClient()
    private let prober: Prober
    private let name: RecipeName

    init() throws {
        let folder = try Scratch()
        queues = try Counterpart(
            PythonPrograms.path("moto_server"),
            ["-H", "127.0.0.1", "-p", "0"],
            in: folder,
            listensWith: "Running on http://127.0.0.1:",
            package: PythonPrograms.package
        )
        let credentials = try folder.write(
            "aws",
            "[default]\naws_access_key_id = EXAMPLE\naws_secret_access_key = example/%secret\n"
        )
        let recipe = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("controller/recipes/sqs-depth").path
        name = try #require(RecipeName("sqs-depth"))
        let probe = ProbeRecipe(
            [recipe],
            environment: ["AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_ENDPOINT_URL": queues.origin]
        )
        prober = Prober(OutsideConfiguration(probes: [name: probe]), http: http)
    }

    private func depth(_ queue: String, region: String = "us-west-2") async -> ProbeAnswer {
        let variables = [Variable(key: "queue", value: queue), Variable(key: "region", value: region)]
        return await prober.answer(to: .recipe(name, variables: variables), field: "", within: .seconds(60))
    }

    /// As any client of SQS does it.
    private func ask(_ action: String, _ body: String, region: String = "us-west-2") async throws -> String {
        let response = try await http.response(
            to: HTTPCall(
                "POST",
                url: queues.origin + "/",
                headers: [
                    HTTPHeader("X-Amz-Target", "AmazonSQS.\(action)"),
                    HTTPHeader("Content-Type", "application/x-amz-json-1.0"),
                    HTTPHeader(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential=a/20261120/\(region)/sqs/aws4_request, SignedHeaders=host, Signature=b"
                    ),
                ],
                body: .bytes(Array(body.utf8)),
                proxy: .none
            )
        )
        let said = String(decoding: response.body, as: UTF8.self)
        try #require(response.isSuccess, "\(action): \(said)")
        return said
    }

    @Test func `the queue's length is known, with what is being worked on`() async throws {
        let made = try await ask("CreateQueue", #"{"QueueName":"work"}"#)
        let object = try JSONSerialization.jsonObject(with: Data(made.utf8)) as? [String: String]
        let url = try #require(object?["QueueUrl"])
        #expect(await depth("work") == ProbeAnswer(value: "0", failure: ""))
        for number in 1...3 {
            _ = try await ask("SendMessage", #"{"QueueUrl":"\#(url)","MessageBody":"job \#(number)"}"#)
        }
        #expect(await depth("work").value == "3")
        let received = try await ask("ReceiveMessage", #"{"QueueUrl":"\#(url)","MaxNumberOfMessages":1}"#)
        #expect(await depth("work").value == "3", "a job that is being worked on would be lost too")
        let messages = try JSONSerialization.jsonObject(with: Data(received.utf8)) as? [String: [[String: Any]]]
        let handle = try #require(messages?["Messages"]?.first?["ReceiptHandle"] as? String)
        _ = try await ask("DeleteMessage", #"{"QueueUrl":"\#(url)","ReceiptHandle":"\#(handle)"}"#)
        #expect(await depth("work").value == "2")
    }

    @Test func `two regions have queues of their own`() async throws {
        _ = try await ask("CreateQueue", #"{"QueueName":"work"}"#, region: "us-east-2")
        #expect(await depth("work", region: "us-east-2").value == "0")
        let other = await depth("work", region: "us-west-2")
        #expect(other.value.isEmpty)
        #expect(other.failure.contains("GetQueueUrl was answered 400"), "\(other.failure)")
    }

    @Test func `a variable that the plan forgot is named`() async {
        let answer = await prober.answer(to: .recipe(name, variables: []), field: "", within: .seconds(60))
        #expect(answer.failure.contains("the plan gives no variable \"queue\""))
    }
}
