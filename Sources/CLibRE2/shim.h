// C++ headers only: the C++ shim target that depends on this one includes them.
