#ifndef WAVETRAIN_CCURL_SHIM_H
#define WAVETRAIN_CCURL_SHIM_H
// libcurl's setters are variadic, which Swift cannot call: each kind of value used stands here with its own type.
// Version differences live here too. Names begin with `wavetrain_`.
#include <curl/curl.h>

static inline CURLcode wavetrain_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode wavetrain_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

// libcurl copies the text.
static inline CURLcode wavetrain_curl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

// libcurl copies the bytes.
static inline CURLcode wavetrain_curl_set_bytes(CURL *easy, CURLoption option, void *bytes, size_t length) {
    struct curl_blob blob = {bytes, length, CURL_BLOB_COPY};
    return curl_easy_setopt(easy, option, &blob);
}

// libcurl keeps the pointer.
static inline CURLcode wavetrain_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode wavetrain_curl_set_headers(CURL *easy, struct curl_slist *headers) {
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
}

static inline CURLcode wavetrain_curl_set_write(CURL *easy, curl_write_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
    return code ? code : curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, callback);
}

static inline CURLcode wavetrain_curl_set_header(CURL *easy, curl_write_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
    return code ? code : curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, callback);
}

static inline CURLcode wavetrain_curl_set_read(CURL *easy, curl_read_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_READDATA, context);
    return code ? code : curl_easy_setopt(easy, CURLOPT_READFUNCTION, callback);
}

static inline CURLcode wavetrain_curl_set_seek(CURL *easy, curl_seek_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_SEEKDATA, context);
    return code ? code : curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, callback);
}

static inline CURLcode wavetrain_curl_set_progress(CURL *easy, curl_xferinfo_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_XFERINFODATA, context);
    return code ? code : curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, callback);
}

// http and https, for the call and for where it is redirected to.
static inline CURLcode wavetrain_curl_allow_only_http(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    return code ? code : curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    const long protocols = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS, protocols);
    return code ? code : curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, protocols);
#endif
}

// smtp and smtps.
static inline CURLcode wavetrain_curl_allow_only_mail(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_SMTP | CURLPROTO_SMTPS);
#endif
}

// libcurl keeps the list.
static inline CURLcode wavetrain_curl_set_recipients(CURL *easy, struct curl_slist *recipients) {
    return curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients);
}

static inline CURLcode wavetrain_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

// libcurl keeps the list.
static inline CURLcode wavetrain_curl_set_dialled(CURL *easy, struct curl_slist *list) {
    return curl_easy_setopt(easy, CURLOPT_CONNECT_TO, list);
}

static inline CURLcode wavetrain_curl_get_certificates(CURL *easy, struct curl_certinfo **list) {
    return curl_easy_getinfo(easy, CURLINFO_CERTINFO, list);
}

static inline CURLcode wavetrain_curl_get_private(CURL *easy, void **value) {
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)value);
}

// The macros among the callbacks' answers, as numbers of their own type.
static const size_t wavetrain_curl_write_pause = CURL_WRITEFUNC_PAUSE;
static const size_t wavetrain_curl_read_abort = CURL_READFUNC_ABORT;
#endif
