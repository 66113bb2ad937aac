/// Returns once `holds` does, for what no event tells.
///
/// - Throws: what `holds` throws; `CancellationError` when the test's time is over.
public func until(_ holds: () async throws -> Bool) async throws {
    while try await !holds() { try await Task.sleep(for: .milliseconds(2)) }
}
