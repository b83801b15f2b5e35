#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/host/host.hpp"
#include "sdk/kconfig/dot_config.hpp"

namespace rpikit::kernel {

/// How much a build needs a tool: not at all without it; it goes on, but worse (no sandbox, nothing checked);
/// only some configurations want it.
enum class Need { required, wished, sometimes };

/// Something a build wants from the host: a program or a header.
struct HostTool {
    std::string name;          ///< "flex", "openssl/opensslv.h"
    std::string package;       ///< Debian's package
    std::string reason;        ///< why it is needed
    std::string minimum = {};  ///< oldest version that will do; empty: any
    Need need = Need::required;
};

struct ToolCheck {
    HostTool tool;
    bool found = false;
    std::string where = {};    ///< path, when found
    std::string version = {};  ///< likewise, of tools that need one
    std::string problem = {};  ///< why it is not good enough, otherwise
};

/// What `doctor` shows and what a build checks before it starts. The table is one row a tool.
/// \param arch the kernel's ARCH, some of which need more; empty: none in particular
/// \param more tools of others that the build runs
std::vector<ToolCheck> check_host_tools(const host::Host& host, std::string_view arch = {},
                                        std::span<const HostTool> more = {});

/// Whether dotted version `version` is older than `minimum`.
bool older_version(std::string_view version, std::string_view minimum);

/// The packages that bring what a check did not find, sorted, each once. \param weakest the weakest need
/// that counts
std::vector<std::string> missing_packages(const std::vector<ToolCheck>& checks, Need weakest);

/// The check of one row, by its tool's name.
ToolCheck check_host_tool(const host::Host& host, std::string_view name);

/// An error that names what this configuration needs and this machine lacks (objtool, compressed modules,
/// ...), with the command that installs it.
Result<> require_configured_tools(const host::Host& host, const kconfig::DotConfig& config);

}  // namespace rpikit::kernel
