#include "CJSON.h"
#include <simdjson.h>
