#include "sdk/emulator/crash.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace rpikit::emulator;

TEST_CASE("every kind of death is told apart") {
    CHECK(crash_in("[ 1.8] Kernel panic - not syncing: VFS: Unable to mount root fs") == Verdict::panic);
    CHECK(crash_in("[ 2.1] Internal error: synchronous external abort: 0000000096000010 [#1] SMP") ==
          Verdict::external_abort);
    CHECK(crash_in("[ 2.1] Unhandled fault: synchronous external abort") == Verdict::external_abort);
    CHECK(crash_in("[ 2.1] SError Interrupt on CPU0, code 0x00000000bf000002 -- SError") ==
          Verdict::external_abort);
    CHECK(crash_in("[ 2.1] Unable to handle kernel NULL pointer dereference at virtual address 0") ==
          Verdict::oops);
    CHECK(crash_in("[ 2.1] Internal error: Oops: 0000000096000044 [#1] SMP") == Verdict::oops);
    CHECK(crash_in("[ 2.1] BUG: kernel NULL pointer dereference, address: 0000000000000000") ==
          Verdict::oops);
}

TEST_CASE("lines that only look bad are no death") {
    CHECK_FALSE(crash_in("CONFIG_PANIC_ON_OOPS is not set"));
    CHECK_FALSE(crash_in("reg-fixed-voltage regulator-cam1: probe failed with error -5"));
    CHECK_FALSE(crash_in("WARNING: CPU: 0 PID: 1 at kernel/irq/manage.c:1"));
    CHECK_FALSE(crash_in(""));
}
