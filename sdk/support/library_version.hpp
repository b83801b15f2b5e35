#pragma once

#include <string>
#include <vector>

namespace rpikit {

/// A library that the program uses, with the version that is loaded where the library tells it, otherwise the
/// one that was compiled in.
struct LibraryVersion {
    std::string name;
    std::string version;
};

/// Each room answers for its own libraries; this one for fmt, OpenSSL and xxHash.
std::vector<LibraryVersion> library_versions();

}  // namespace rpikit
