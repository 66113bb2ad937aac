/// What all programs of one build say of themselves.
public enum Software {
    /// Semantic; `--version` prints it, and agents and controllers tell it each other.
    public static let version = "0.1.0"
}
