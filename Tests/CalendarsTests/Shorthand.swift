import Calendars
import Testing
import TimeAndChance

/// The local time that a text says, as `2026-03-29T02:30`.
func local(_ text: String) throws -> LocalTime { try #require(LocalTime(text)) }

/// The instant that a text in UTC says.
func utc(_ text: String) throws -> Instant { Zone.utc.instant(of: try local(text)) }

func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

func window(_ spans: String..., zone: Zone = .utc, except: [String] = [], dates: ClosedRange<CivilDate>? = nil) throws
    -> Window
{
    let spans = try spans.map { try #require(Window.Span($0)) }
    return Window(spans, zone: zone, excluding: try except.map { try date($0) }, dates: dates)
}

/// An instant as it reads in UTC, for messages that a person understands.
func words(_ instant: Instant?) -> String { instant.map { "\(Zone.utc.local(at: $0))" } ?? "never" }

/// A zone whose clocks go back from 00:30 to 23:30 of the day before, on the night to 2026-10-25; none does so now, but
/// some have.
func zoneBackOverMidnight() throws -> Zone { try #require(Zone(text: "Back/Over AAA-1BBB,M3.5.0,M10.5.0/0:30")) }
