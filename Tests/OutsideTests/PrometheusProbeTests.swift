import Outside
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@Suite(.timeLimit(.minutes(1))) struct PrometheusProbeTests {
    private func ask(_ data: String, path: String = "", status: String = "200 OK") async throws -> ProbeAnswer {
        let peer = try Peer(data, status: status)
        let answer = await prober().answer(
            to: .prometheus(url: peer.origin + path, query: #"sum(rate(x{a="b"}[5m])) > 0"#),
            field: "",
            within: .seconds(20)
        )
        let query = "sum%28rate%28x%7Ba%3D%22b%22%7D%5B5m%5D%29%29%20%3E%200"
        #expect(peer.requests.first?.line == "GET /prom/api/v1/query?query=\(query) HTTP/1.1" || path != "/prom/")
        return answer
    }

    private func success(_ type: String, _ result: String) -> String {
        #"{"status":"success","data":{"resultType":"\#(type)","result":\#(result)}}"#
    }

    @Test func `the one sample of a vector is the answer, and so is a scalar`() async throws {
        let vector = success("vector", #"[{"metric":{},"value":[1435781451.781,"0.25"]}]"#)
        #expect(try await ask(vector, path: "/prom/") == ProbeAnswer(value: "0.25", failure: ""))
        #expect(try await ask(success("scalar", #"[1435781451.781,"7"]"#)).value == "7")
    }

    @Test func `no sample, several, and what is no number are failures of their own`() async throws {
        #expect(try await ask(success("vector", "[]")).failure.contains("finds no sample"))
        let two = #"[{"metric":{"a":"1"},"value":[1,"1"]},{"metric":{"a":"2"},"value":[1,"2"]}]"#
        #expect(try await ask(success("vector", two)).failure.contains("2 samples, not one"))
        #expect(try await ask(success("matrix", "[]")).failure.contains("matrix"))
        for text in ["NaN", "+Inf", "x"] {
            let answer = try await ask(success("vector", #"[{"metric":{},"value":[1,"\#(text)"]}]"#))
            #expect(answer.value.isEmpty && answer.failure.contains("no number"))
        }
    }

    @Test func `a query that cannot be run says why`() async throws {
        let error = #"{"status":"error","errorType":"bad_data","error":"parse error"}"#
        #expect(try await ask(error, status: "400 Bad Request").failure.contains("\"parse error\""))
        #expect(try await ask("<html>", status: "502 Bad Gateway").failure.contains("502"))
    }
}
