import AgentLink
import Glibc
import StructuredText
import Testing
import TrainModel

@testable import AgentService

@Suite struct AgentConfigurationTests {
    private func read(_ text: String) throws -> AgentConfiguration {
        try AgentConfiguration.read(Array(text.utf8), file: "agent.yaml")
    }

    @Test func `every key is read, and what a service says wins over what all say`() throws {
        let configuration = try read(
            """
            root: /srv/wavetrain/
            controller: controller.example.com:7443
            log: debug
            keep: 3
            space: 2 GiB
            reserve: 0
            transfer: { rate: 20 MiB/s, window: "22:00-06:00", rate_outside: 0 }
            share: { listen: 0.0.0.0:7444, address: host1.example.com:7444, rate: 50 MiB/s }
            user: deploy
            variables: { zone: a, port: 1 }
            services:
              cache: { user: cache, variables: { port: 8080 } }
            recipes: { kubernetes: /etc/wavetrain/recipes/kubernetes/, command: /srv/recipes/command }
            """
        )
        let cache = try #require(ServiceName("cache"))
        let other = try #require(ServiceName("io"))
        #expect(configuration.root == "/srv/wavetrain")
        #expect(configuration.controller == "controller.example.com:7443")
        #expect("\(configuration.logLevel)" == "debug")
        #expect(configuration.keptReleases_count == 3)
        #expect(configuration.space_bytes == 2 << 30)
        #expect(configuration.reserve_bytes == 0)
        #expect(configuration.transfer.rate == .bytes_s(20 << 20))
        #expect(configuration.transfer.window == TransferRates.Window(from_minute: 22 * 60, to_minute: 6 * 60))
        #expect(configuration.transfer.rateOutside == .none)
        #expect(configuration.share?.address.description == "host1.example.com:7444")
        #expect(configuration.share?.rate_bytes_s == 50 << 20)
        #expect(configuration.variables(of: cache) == ["zone": "a", "port": "8080"])
        #expect(configuration.variables(of: other) == ["zone": "a", "port": "1"])
        #expect(configuration.user(of: cache) == "cache")
        #expect(configuration.user(of: other) == "deploy")
        let kubernetes = try #require(RecipeName("kubernetes"))
        #expect(configuration.recipes[kubernetes] == "/etc/wavetrain/recipes/kubernetes")
        #expect(configuration.recipes.count == 2)
    }

    @Test(arguments: [
        ("contoller: a:1", "did you mean \"controller\"?"),
        ("controller: a", "must be host:port"),
        ("controller: a:70000", "must be host:port"),
        ("root: here", "must be an absolute path"),
        ("keep: 0", "from 1 to 100"),
        ("log: loud", "\"log\""),
        ("variables: { 1a: x }", "is no variable's name"),
        ("variables: [a]", "must be a mapping"),
        ("services: { UPPER: {} }", "a name has 1 to 63"),
        ("services: { cache: { prot: 1 } }", "unknown key"),
        ("recipes: [kubernetes]", "must be a mapping"),
        ("recipes: { kubernetes: recipes/kubernetes }", "the folder of kubernetes must be an absolute path"),
        ("recipes: { ../kubernetes: /etc }", "a name has 1 to 63"),
        ("space: 2 gigabytes", "such as \"20 MiB\""),
        ("reserve: 99999999 GiB", "must be between"),
        ("transfer: { rate: 20 MiB }", "such as \"20 MiB/s\""),
        ("transfer: { rate: 0 }", "must be more than 0"),
        ("transfer: { rate_outside: 0 }", "needs a window"),
        ("transfer: { window: \"24:00-06:00\" }", "two times of the day"),
        ("transfer: { window: \"06:00-06:00\" }", "two times of the day"),
        ("share: { listen: 0.0.0.0:7444 }", "address"),
        ("share: { listen: 7444, address: a:1 }", "must be host:port"),
    ])
    func `a mistake is named with its line and what to do`(text: String, words: String) throws {
        let problems = #expect(throws: Problems.self) { try read(text) }
        #expect(problems?.description.contains(words) == true, "\(problems?.description ?? "")")
        #expect(problems?.description.hasPrefix("agent.yaml:1:") == true)
    }

    @Test func `a file that was asked for and is not there is an error, the usual one may be missing`() throws {
        let error = #expect(throws: AgentError.self) { try AgentConfiguration.load("/nonexistent/agent.yaml") }
        #expect(error?.exitCode == 78)
    }

    @Test func `the example configuration is right, and shows every key`() throws {
        let here = try #require(realpath(#filePath, nil))
        defer { free(here) }
        let path = String(cString: here).replacing("Tests/AgentServiceTests/AgentConfigurationTests.swift", with: "")
        let configuration = try AgentConfiguration.load(path + "agents/agent.yaml")
        let cache = try #require(ServiceName("cache"))
        #expect(configuration.variables(of: cache) == ["zone": "a", "port": "8080"])
        #expect(configuration.user(of: cache) == "cache")
        #expect(configuration.recipes.keys.map(\.text) == ["kubernetes"])
    }

    @Test func `a configuration that others may change names neither a program nor a controller, nor a root of theirs`()
        throws
    {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/agent.yaml"
        for root in ["own", "theirs"] {
            try #require(mkdir("\(folder.path)/\(root)", 0o755) == 0)
            try Files.replace(file, with: Array("root: \(folder.path)/\(root)\ncontroller: far.example:1\n".utf8))
            #expect(ConfigurationSource.file(file).programRoot == "\(folder.path)/\(root)")
            try #require(chmod(file, 0o666) == 0)
            if root == "theirs" { try #require(chmod("\(folder.path)/theirs", 0o777) == 0) }
            let source = ConfigurationSource.file(file)
            #expect(source.programRoot == nil)
            #expect(source.lastResort().controller == nil)
            let expected = root == "own" ? "\(folder.path)/own" : AgentConfiguration().root
            #expect(source.lastResort().root == expected)
        }
    }
}
