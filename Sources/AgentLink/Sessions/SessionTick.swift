/// What a session does because time has passed.
enum SessionTick: Equatable {
    case nothing
    case beat(number: UInt64)
    case close(LinkError)
}
