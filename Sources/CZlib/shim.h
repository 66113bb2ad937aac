#ifndef WAVETRAIN_CZLIB_SHIM_H
#define WAVETRAIN_CZLIB_SHIM_H
#include <zlib.h>
#endif
