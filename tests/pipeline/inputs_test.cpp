#include "sdk/pipeline/inputs.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temp_dir.hpp"

using namespace rpikit;

TEST_CASE("the boot files depend on what an overlay includes") {
    const test::TempDir folder;
    const board::Boot boot{.overlay_files = {folder.write("hat.dts", "#include \"pins.dtsi\"\n")}};
    const auto digest = [&] {
        Fingerprint inputs;
        pipeline::add_inputs(inputs, boot);
        return inputs.digest();
    };
    folder.write("pins.dtsi", "one");
    const auto before = digest();
    CHECK(digest() == before);
    folder.write("pins.dtsi", "two");
    CHECK(digest() != before);
}
