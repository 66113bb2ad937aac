import Bundles
import StructuredText
import Testing

@Suite struct BundleManifestTests {
    private func read(_ text: String) throws -> BundleManifest {
        try BundleManifest.read(Array(text.utf8)) { path in
            switch path {
            case "bin/start", "bin/stop", "run": .executable
            case "data": .notExecutable
            default: .missing
            }
        }
    }

    private func problems(_ text: String) throws -> [String] {
        do {
            _ = try read(text)
            return []
        } catch let problems as Problems {
            return problems.all.map(\.description)
        }
    }

    @Test func `a full manifest is read`() throws {
        let manifest = try read(
            """
            wavetrain: 1
            service: billing
            hooks:
              drain: { run: [bin/stop, --drain, ""], timeout: 1m30s }
              start:
                run: bin/start
                repeatable: true
            needs: [psql, docker|podman]
            user: billing
            keep: 3
            links: [https://example.com/billing]
            """
        )
        #expect("\(manifest.service)" == "billing")
        #expect(manifest.hooks.keys.map(\.rawValue).sorted() == ["drain", "start"])
        #expect(manifest.hooks[.drain]?.command == ["bin/stop", "--drain", ""])
        #expect(manifest.hooks[.drain].map { "\($0.timeout)" } == "1m30s")
        #expect(manifest.hooks[.drain]?.isRepeatable == false)
        #expect(manifest.hooks[.start]?.command == ["bin/start"])
        #expect(manifest.hooks[.start].map { "\($0.timeout)" } == "1m")
        #expect(manifest.hooks[.start]?.isRepeatable == true)
        #expect(manifest.needs == [["psql"], ["docker", "podman"]])
        #expect(manifest.user == "billing")
        #expect(manifest.keptReleases_count == 3)
        #expect(manifest.links == ["https://example.com/billing"])
    }

    @Test func `a short manifest has no hooks and keeps five releases`() throws {
        let manifest = try read("wavetrain: 1\nservice: billing\n")
        #expect(manifest.hooks.isEmpty)
        #expect(manifest.user == nil)
        #expect(manifest.keptReleases_count == 5)
        #expect(manifest.links.isEmpty)
    }

    static let head = "wavetrain: 1\nservice: billing\n"

    @Test(
        arguments: [
            ("wavetrain: 2\nservice: billing\n", "wavetrain.yaml:1:12: \"wavetrain\" must be"),
            ("service: billing\n", "wavetrain.yaml:1:1: the key \"wavetrain\" is missing"),
            ("wavetrain: 1\n", "wavetrain.yaml:1:1: the key \"service\" is missing"),
            ("wavetrain: 1\nservice: Billing\n", "wavetrain.yaml:2:10: \"service\" must be a service's name"),
            (head + "hook: {}\n", "unknown key \"hook\"; did you mean \"hooks\"?"),
            (head + "hooks: { begin: { run: run } }\n", "wavetrain.yaml:3:10: unknown key \"begin\"; known keys are"),
            (head + "hooks: { strat: { run: run } }\n", "did you mean \"start\"?"),
            (head + "hooks: { start: { timeout: 5s } }\n", "the key \"run\" is missing"),
            (head + "hooks: { start: { run: run, timeout: 5 } }\n", "wavetrain.yaml:3:38: \"timeout\" must be"),
            (head + "hooks: { start: { run: run, timeout: 3h } }\n", "\"timeout\" must be from 1s to 2h"),
            (head + "hooks: { start: { run: run, repeatable: yes } }\n", "did you mean \"true\"?"),
            (
                head + "hooks: { start: { run: bin/none } }\n",
                "wavetrain.yaml:3:24: \"run\" must be the path of a program"
            ),
            (head + "hooks: { start: { run: python3 } }\n", "add a script there that does the work"),
            (head + "hooks: { start: { run: data } }\n", "chmod +x"),
            (head + "hooks: { start: { run: ./run } }\n", "write it as \"run\""),
            (head + "hooks: { start: { run: /bin/sh } }\n", "absolute path"),
            (head + "hooks: { start: { run: ../run } }\n", "leads upwards"),
            (head + "hooks: { start: { run: [] } }\n", "\"run\" must be"),
            (head + "hooks: { start: { run: [/bin/sh, -c, x] } }\n", "item 1 of \"run\" must be the path of a program"),
            (head + "hooks: { start: { run: [run, [x]] } }\n", "item 2 of \"run\" must be text"),
            (head + "needs: [/usr/bin/psql]\n", "must be a program's name"),
            (head + "needs: ['a||b']\n", "must be a program's name"),
            (head + "needs: [--help]\n", "must be a program's name"),
            (head + "user: root user\n", "\"user\" must be a user's name"),
            (head + "keep: 0\n", "\"keep\" must be a whole number from 1 to 50"),
            (head + "links: [javascript:x]\n", "must be an http or https address"),
            (head + "links: [https://]\n", "must be an http or https address"),
            ("wavetrain: 1\nservice: a\nservice: b\n", "stands twice"),
        ]
    )
    func `a mistake is told with its place and what to do`(text: String, expected: String) throws {
        let problems = try problems(text)
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains(expected) == true, "\(problems)")
    }
}
