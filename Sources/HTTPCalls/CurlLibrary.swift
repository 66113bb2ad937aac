import CCurl

/// libcurl's own set-up, once in a process and before anything else of it.
enum CurlLibrary {
    static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}
