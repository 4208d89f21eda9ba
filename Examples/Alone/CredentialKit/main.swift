// That a program can use this product without any other.

import CredentialKit

print(try CredentialName("openai@work").account)
