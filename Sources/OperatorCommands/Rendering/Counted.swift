extension Int {
    /// `1 host`, `2 hosts`
    func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
