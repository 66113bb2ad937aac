import Calendars
import TimeAndChance

extension Instant {
    private var utc: (date: CivilDate, time: String) {
        let date = Zone.utc.local(at: self).date
        let second = Int(((unix_ms % 86_400_000) + 86_400_000) % 86_400_000) / 1_000
        let parts = [second / 3_600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return (date, parts.joined(separator: ":"))
    }

    /// RFC 3339: `2026-11-20T09:00:00Z`.
    var text: String { "\(utc.date)T\(utc.time)Z" }

    /// RFC 5322, for mail: `Fri, 20 Nov 2026 09:00:00 +0000`.
    var mailText: String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let (date, time) = utc
        return "\(date.weekday), \(date.day) \(months[date.month - 1]) \(date.year) \(time) +0000"
    }
}
