#pragma once

#include <filesystem>
#include <vector>

#include "sdk/kernel/make.hpp"

namespace rpikit::kernel {

/// Builds the modules of a folder outside the kernel's tree against a kernel that has been built
/// (Documentation/kbuild/modules.rst). The folder is copied to `work`, which is made anew, so that it is
/// never written to; what an earlier build left in it stays out. In the sandbox the kernel's own objects are
/// read-only, too. A failure is diagnosed as the kernel's is.
/// \param folder has a Kbuild or Makefile \returns the modules in `work`, sorted
Result<std::vector<std::filesystem::path>> build_external_modules(const host::Host& host,
                                                                  const BuildContext& context,
                                                                  const std::filesystem::path& folder,
                                                                  const std::filesystem::path& work);

/// Installs what build_external_modules made as the kernel's own modules are: stripped unless told not to,
/// signed and compressed as the configuration says.
/// \param root made anew; \returns the modules in it, sorted
Result<std::vector<std::filesystem::path>> install_external_modules(const host::Host& host,
                                                                    const BuildContext& context,
                                                                    const std::filesystem::path& work,
                                                                    const std::filesystem::path& root,
                                                                    bool strip);

}  // namespace rpikit::kernel
