#pragma once

#include "sdk/inspect/inspect.hpp"
#include "sdk/inspect/kernel.hpp"
#include "sdk/inspect/opened.hpp"

namespace rpikit::inspect {

/// What is to be told of an opened file.
Result<Report> make_report(const Opened& opened, const Options& options);

/// A kernel's file as it lies in an image or package: compressed as a whole, too.
Result<Kernel> read_kernel_file(std::string_view bytes, std::uint64_t limit);

}  // namespace rpikit::inspect
