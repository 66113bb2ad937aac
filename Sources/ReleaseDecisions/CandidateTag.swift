import Calendars
import TrainModel

/// A candidate's name: `2026.11.20` by the schedule, `2026.11.20.1` by hand.
struct CandidateTag: Hashable, Sendable {
    static let rule = "a candidate is tagged `YYYY.MM.DD`, and by hand `YYYY.MM.DD.N` with N from 1"
    static let number_max = 9_999

    let date: CivilDate
    /// Nil: by the schedule.
    let number: Int?

    init(date: CivilDate, number: Int? = nil) {
        self.date = date
        self.number = number
    }

    /// Reads what `description` writes, and nothing else.
    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, let date = CivilDate(parts[0...2].joined(separator: "-")) else { return nil }
        if parts.count == 4 {
            guard let number = Int(parts[3]), 1...Self.number_max ~= number, String(number) == parts[3] else {
                return nil
            }
            self.init(date: date, number: number)
        } else {
            self.init(date: date)
        }
    }

    /// Nil only where a version could not hold it, which no date does.
    var version: Version? { Version(description) }
}

extension CandidateTag: CustomStringConvertible {
    var description: String {
        date.description.replacing("-", with: ".") + (number.map { ".\($0)" } ?? "")
    }
}
