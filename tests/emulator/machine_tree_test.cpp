#include "sdk/emulator/machine_tree.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/fake_process.hpp"
#include "tests/support/test_host.hpp"

using namespace rpikit;

namespace {

/// A QEMU that knows `virt`, and gives `tree` for it.
struct Machine {
    test::FakeProcessRunner processes;
    test::TestHost host{processes};
    board::Board board;
    std::string tree = "the tree";

    Machine() {
        board.name = "box";
        board.emulator.machine = "virt";
        board.emulator.system = "aarch64";
        board.emulator.cpu = "cortex-a72";
        processes.add_program("qemu-system-aarch64", "/usr/bin/qemu-system-aarch64");
        processes.add_program("qemu-img", "/usr/bin/qemu-img");
        processes.answer("help", host::Exit{.output = "virt                 QEMU virtual machine\n"});
        processes.answer("virt,dumpdtb=machine.dtb",
                         [this](const host::Command& command) { return dump(command); });
    }
    host::Exit dump(const host::Command& command) const {
        if (std::ranges::count(command.argv, "cortex-a72") != 1)
            return {.code = 1, .output = "which processor?"};
        if (!tree.empty()) std::ofstream(command.directory / "machine.dtb") << tree;
        return {};
    }
};

}  // namespace

TEST_CASE("the device tree of an emulator's machine is what QEMU writes", "[emulator]") {
    Machine machine;
    const auto tree = emulator::machine_device_tree(machine.host.host(), machine.board);
    INFO((tree ? "" : render(tree.error(), false)));
    REQUIRE(tree);
    CHECK(*tree == "the tree");
    // Nothing stays behind.
    for (const auto& entry : std::filesystem::directory_iterator(machine.host.host().cache))
        CHECK_FALSE(entry.path().filename().string().contains("machine-tree"));
}

TEST_CASE("a machine without a device tree is an error that names it", "[emulator]") {
    Machine machine;
    machine.tree.clear();
    const auto tree = emulator::machine_device_tree(machine.host.host(), machine.board);
    REQUIRE_FALSE(tree);
    CHECK(tree.error().message == "QEMU gives no device tree for its machine virt");
}
