import Outside
import Testing
import TimeAndChance
import TrainModel

@Suite(.timeLimit(.minutes(1))) struct RecipeProbeTests {
    private func ask(
        _ script: String,
        _ variables: [String: String] = [:],
        field: String = "",
        within: Interval = .seconds(20)
    ) async throws -> ProbeAnswer {
        let name = try #require(RecipeName("depth"))
        let configuration = OutsideConfiguration(
            probes: [name: ProbeRecipe(["/bin/sh", "-c", script], environment: ["AREA": "west"])]
        )
        return await prober(configuration).answer(
            to: .recipe(name, variables: variables.map { Variable(key: $0, value: $1) }),
            field: field,
            within: within
        )
    }

    @Test func `the answer is what the program prints, for the plan's variables`() async throws {
        let answer = try await ask("echo noise >&2; echo $AREA-$WAVETRAIN_VAR_QUEUE", ["queue": "work; rm -rf /"])
        #expect(answer == ProbeAnswer(value: "west-work; rm -rf /", failure: ""))
    }

    @Test func `a part of a printed document can be the answer`() async throws {
        #expect(try await ask(#"echo '{"a": [0, 5]}'"#, field: "a.1").value == "5")
    }

    @Test func `a program that fails has no answer, whatever it printed before`() async throws {
        let answer = try await ask("echo 0; printf 'no \\033[31mqueue\\n' >&2; exit 4")
        #expect(answer.value.isEmpty)
        #expect(answer.failure.contains("exit status 4: no  [31mqueue"))
    }

    @Test func `a program is ended with its time`() async throws {
        let answer = try await ask("echo 0; sleep 600", within: .milliseconds(300))
        #expect(answer.value.isEmpty)
        #expect(answer.failure.contains("did not end within"))
    }

    @Test func `a program that nobody configured is not run, and the one that was meant is named`() async throws {
        let name = try #require(RecipeName("dept"))
        let configured = OutsideConfiguration(probes: [try #require(RecipeName("depth")): ProbeRecipe(["/bin/true"])])
        let answer = await prober(configured).answer(to: .recipe(name, variables: []), field: "", within: .seconds(5))
        #expect(answer.failure == "the controller has no probe dept; did you mean \"depth\"?")
    }
}
