import Foundation
import HTTPCalls
import Outside
import Testing
import TimeAndChance
import TrainModel

/// moto's SQS on the other side of the recipe that operators install.
@Suite(.timeLimit(.minutes(2))) struct QueueCounterpartTests {
    private let queues: Queues
    private let prober: Prober
    private let name: RecipeName

    init() throws {
        queues = try Queues()
        let recipe = Cluster.repository.appendingPathComponent("controller/recipes/sqs-depth").path
        name = try #require(RecipeName("sqs-depth"))
        let probe = ProbeRecipe(
            [recipe],
            environment: ["AWS_SHARED_CREDENTIALS_FILE": queues.credentials, "AWS_ENDPOINT_URL": queues.origin]
        )
        prober = Prober(OutsideConfiguration(probes: [name: probe]), http: HTTPClient())
    }

    private func depth(_ queue: String, region: String = "us-west-2") async -> ProbeAnswer {
        let variables = [Variable(key: "queue", value: queue), Variable(key: "region", value: region)]
        return await prober.answer(to: .recipe(name, variables: variables), field: "", within: .seconds(60))
    }

    @Test func `the queue's length is known, with what is being worked on`() async throws {
        try await queues.make("work")
        #expect(await depth("work") == ProbeAnswer(value: "0", failure: ""))
        try await queues.send(3, to: "work")
        #expect(await depth("work").value == "3")
        let job = try await queues.receive(from: "work")
        #expect(await depth("work").value == "3", "a job that is being worked on would be lost too")
        try await queues.delete(job, from: "work")
        #expect(await depth("work").value == "2")
        try await queues.drain("work")
        #expect(await depth("work").value == "0")
    }

    @Test func `two regions have queues of their own`() async throws {
        try await queues.make("work", region: "us-east-2")
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
