#pragma once

#include <string>
#include <vector>

#include "sdk/host/host.hpp"

namespace rpikit::kernel {

/// Something the kernel's build wants from the host: a program or a header.
struct HostTool {
    std::string name;     ///< "flex", "openssl/opensslv.h"
    std::string package;  ///< Debian's package
    std::string reason;   ///< why it is needed
};

struct ToolCheck {
    HostTool tool;
    bool found = false;
    std::string where = {};  ///< path or version, when found
};

/// What `doctor` shows and what a build checks before it starts. The table is one row a tool.
std::vector<ToolCheck> check_host_tools(const host::Host& host);

}  // namespace rpikit::kernel
