#ifndef WAVETRAIN_CYAML_SHIM_H
#define WAVETRAIN_CYAML_SHIM_H
#include <yaml.h>
#endif
