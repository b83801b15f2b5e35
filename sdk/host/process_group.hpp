#pragma once

#include <sys/types.h>

namespace rpikit::host {

/// Whether any process of the group still runs. One that has ended and waits for init to take note (a zombie)
/// does not: in containers that can take long.
bool group_runs(pid_t group);

}  // namespace rpikit::host
