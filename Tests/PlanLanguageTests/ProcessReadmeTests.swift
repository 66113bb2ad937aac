import Foundation
import StructuredText
import Testing

@Suite struct ProcessReadmeTests {
    /// `file.yaml: stages.test.needs.plan`; in a list a position, or the key of the item that has it.
    private func exists(_ path: Substring, in node: Node) -> Bool {
        var node = node
        for key in path.split(separator: ".") {
            let item = node.list.flatMap { list in
                Int(key).flatMap { list.indices.contains($0) ? list[$0] : nil }
                    ?? list.compactMap { $0.mapping?[String(key)] }.first
            }
            guard let next = node.mapping?[String(key)] ?? item else { return false }
            node = next
        }
        return true
    }

    @Test func `every place that a process's page names stands in its plans`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: TestFiles.plan("").path)
            .filter { $0.first?.isNumber == true }
        #expect(folders.count == 5)
        for folder in folders.sorted() {
            let page = try String(contentsOf: TestFiles.plan("\(folder)/README.md"), encoding: .utf8)
            let places = page.matches(of: #/`(?<file>[a-z_-]+\.yaml): (?<path>[^`]+)`/#)
            #expect(places.count >= 9, "\(folder)")
            for place in places {
                let problems = ProblemCollector()
                let bytes = Array(try Data(contentsOf: TestFiles.plan("\(folder)/\(place.file)")))
                let node = try #require(YAMLText.read(bytes, file: String(place.file), problems))
                #expect(exists(place.path, in: node), "\(folder): \(place.file): \(place.path)")
            }
        }
    }
}
