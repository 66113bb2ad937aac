import StructuredText

// The mistakes that only a plan can have; what YAML and types can get wrong is in StructuredText.
extension Problem.Code {
    public static let unknownLanguageVersion: Self = "unknown_language_version"
    public static let badName: Self = "bad_name"
    public static let badPattern: Self = "bad_pattern"
    public static let duplicateService: Self = "duplicate_service"
    public static let duplicateRegion: Self = "duplicate_region"
    public static let duplicateGate: Self = "duplicate_gate"
    public static let duplicateGroup: Self = "duplicate_group"
    public static let duplicateCheck: Self = "duplicate_check"
    public static let regionsAndWaves: Self = "regions_and_waves"
    public static let unknownWave: Self = "unknown_wave"
    public static let notOneKind: Self = "not_one_kind"
    public static let badShare: Self = "bad_share"
    public static let badThreshold: Self = "bad_threshold"
    public static let badURL: Self = "bad_url"
    public static let badAddress: Self = "bad_address"
    public static let badVariable: Self = "bad_variable"
    public static let batchTooLarge: Self = "batch_too_large"
    public static let bakeTooShort: Self = "bake_too_short"
    public static let checkTooLong: Self = "check_too_long"
}
