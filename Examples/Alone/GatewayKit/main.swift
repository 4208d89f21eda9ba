// That a program can use this product without any other.

import GatewayKit

print(try ListenAddress(parsing: "tcp:127.0.0.1:8317").place)
