import StructuredText

/// `wavetrain.yaml` as a JSON Schema, made from its own reading. `docs/bundle.schema.json` is its text.
public enum BundleSchema {
    public static let id = "urn:wavetrain:bundle:1"

    /// Draft 2020-12, indented, with a line feed at the end.
    public static var text: String {
        let document = SchemaCatalogue.document(for: BundleManifest.shape, id: id, title: "Wavetrain bundle")
        return String(decoding: JSONText.write(document, indented: true), as: UTF8.self)
    }
}
