#ifndef WAVETRAIN_CCURL_SHIM_H
#define WAVETRAIN_CCURL_SHIM_H
// libcurl's setters are variadic, which Swift cannot call: each one used stands here with its own type.
#include <curl/curl.h>
#endif
