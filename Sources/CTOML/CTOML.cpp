#include "CTOML.h"
#include <toml++/toml.h>
