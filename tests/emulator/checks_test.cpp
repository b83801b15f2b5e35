#include "sdk/emulator/checks.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/emulator/fake_system.hpp"

using namespace rpikit::emulator;
using rpikit::test::healthy_answers;

namespace {

Expectation healthy() {
    return {.release = "6.12.117-tiny",
            .config = {{"HZ", "250"}, {"BLK_DEV_LOOP", "m"}, {"LOCALVERSION", "\"-tiny\""}, {"BTF", "n"}},
            .root_device = "mmcblk0p2",
            .module = "loop"};
}

Findings judge(const Expectation& expectation, const std::map<std::string, std::string>& system) {
    std::vector<std::string> answers;
    for (const auto& question : questions(expectation)) {
        answers.push_back(system.contains(question) ? system.at(question) : "sh: not found\n");
    }
    return evaluate(expectation, answers);
}

std::string failures(const Findings& findings) {
    std::string all;
    for (const auto& item : findings.items) {
        if (!item.passed) all += item.what + ": " + item.found + "; ";
    }
    return all;
}

}  // namespace

TEST_CASE("a system that is what was built passes") {
    const auto findings = judge(healthy(), healthy_answers());
    CHECK(failures(findings).empty());
    CHECK(findings.passed());
    CHECK(findings.items.size() == 4);
    CHECK(findings.mounts.size() == 2);
    CHECK(findings.mounts.front() == "/dev/root / ext4 ro,relatime 0 0");
}

TEST_CASE("another release fails") {
    auto expectation = healthy();
    expectation.release = "6.12.118-tiny";
    CHECK(failures(judge(expectation, healthy_answers())) == "uname -r: 6.12.117-tiny; ");
}

TEST_CASE("each symbol that differs is named") {
    auto expectation = healthy();
    expectation.config.front().second = "300";
    expectation.config.emplace_back("MISSING", "y");
    CHECK(failures(judge(expectation, healthy_answers())) ==
          "kernel configuration: 3 of 5; CONFIG_HZ: 250; CONFIG_MISSING: n; ");
}

TEST_CASE("a kernel without /proc/config.gz fails, even when no symbol is set") {
    auto system = healthy_answers();
    system["modprobe configs 2>/dev/null; zcat /proc/config.gz | grep ^CONFIG_"] =
        "zcat: /proc/config.gz: No such file\n";
    CHECK(failures(judge(healthy(), system)).starts_with("kernel configuration: nothing to read"));
}

TEST_CASE("a root that is not on the disk fails") {
    auto system = healthy_answers();
    system["cat /proc/self/mountinfo"] = "1 1 0:2 / / rw - rootfs none rw\n";
    CHECK(failures(judge(healthy(), system)) == "root device: no block device (0:2); ");
}

TEST_CASE("the root on another partition fails") {
    auto system = healthy_answers();
    system["cat /proc/self/mountinfo"] = "14 1 179:1 / / ro - vfat /dev/root ro\n";
    CHECK(failures(judge(healthy(), system)) == "root device: mmcblk0p1; ");
}

TEST_CASE("a module that does not load fails and says why") {
    auto system = healthy_answers();
    system["modprobe loop && cat /proc/modules"] = "modprobe: module loop not found\n";
    CHECK(failures(judge(healthy(), system)) == "module loop: modprobe: module loop not found; ");
}

TEST_CASE("modules from outside the kernel's tree are judged one by one") {
    auto expectation = healthy();
    expectation.more_modules = {"hello", "broken"};
    auto system = healthy_answers();
    system["modprobe loop; modprobe hello; modprobe broken; cat /proc/modules"] =
        "modprobe: can't load module broken\nloop 1 0 - Live 0x0\nhello 1 0 - Live 0x0 (O)\n";
    CHECK(failures(judge(expectation, system)) == "module broken: modprobe: can't load module broken; ");
}

TEST_CASE("modules compare with - and _ alike") {
    auto expectation = healthy();
    expectation.module = "snd-pcm";
    auto system = healthy_answers();
    system["modprobe snd-pcm && cat /proc/modules"] = "snd_pcm 1 0 - Live 0x0\n";
    CHECK(judge(expectation, system).passed());
}

TEST_CASE("nothing asked of root device and module leaves their items out") {
    auto expectation = healthy();
    expectation.root_device.clear();
    expectation.module.clear();
    const auto findings = judge(expectation, healthy_answers());
    CHECK(findings.items.size() == 2);
    CHECK(findings.passed());
}

TEST_CASE("a kernel with none of the board's modules is told, not judged") {
    auto expectation = healthy();
    expectation.module.clear();
    expectation.no_module = "this kernel has none of loop as a module";
    const auto findings = judge(expectation, healthy_answers());
    CHECK(findings.passed());
    CHECK(findings.items.back().found == "not checked: this kernel has none of loop as a module");
}

TEST_CASE("no answers are no pass") {
    CHECK_FALSE(evaluate(healthy(), {}).passed());
}
