import Calendars
import StructuredText

/// The plan language as a JSON Schema, made from the compiler's own reading. `docs/plan.schema.json` is its text.
public enum PlanSchema {
    public static let id = "urn:wavetrain:plan:1"

    /// Draft 2020-12, indented, with a line feed at the end.
    public static var text: String {
        // Nothing is read while a shape describes itself.
        let sources = SourceReader(file: "", main: [], ProblemCollector(), read: { _ in [] })
        let shape = Shape.plan(sources, readZone: { _ in .utc })
        let document = SchemaCatalogue.document(for: shape, id: id, title: "Wavetrain plan")
        return String(decoding: JSONText.write(document, indented: true), as: UTF8.self)
    }
}
