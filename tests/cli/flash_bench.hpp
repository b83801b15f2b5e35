#pragma once

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "sdk/host/file.hpp"
#include "tests/support/loop_device.hpp"
#include "tests/support/program.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/temp_dir.hpp"

namespace rpikit::test {

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t card_bytes = 16 * mebibyte;
constexpr std::uint64_t image_bytes = 6 * mebibyte;

inline std::string random_bytes(std::size_t count) {
    std::mt19937 generator(7);
    std::string bytes(count, '\0');
    std::ranges::generate(bytes, [&] { return static_cast<char>(generator()); });
    return bytes;
}

/// A work folder with an image, and a card.
struct FlashBench {
    FlashBench()
        : bytes(random_bytes(image_bytes)),
          image(folder.write("x.img", bytes)),
          card(folder / "card", card_bytes) {}

    ProgramRun run(std::vector<std::string> arguments, ProgramOptions options = {}) const {
        arguments.insert(arguments.begin(), RPIKIT_PROGRAM);
        options.directory = folder.path();
        options.home = folder / "home";
        return run_program(arguments, options);
    }
    struct Answer {
        std::string cue;
        std::string typed;
    };
    PtyRun run_in_pty(std::vector<std::string> arguments, const std::vector<Answer>& answers) const {
        arguments.insert(arguments.begin(), RPIKIT_PROGRAM);
        std::size_t next = 0;
        std::size_t read = 0;
        return test::run_in_pty(
            arguments, {.environment = host::Environment({{"PATH", "/usr/bin:/bin"},
                                                          {"HOME", (folder / "home").string()},
                                                          {"TERM", "xterm"},
                                                          {"RPI_KIT_DATA", RPIKIT_SOURCE_DIR}}),
                        .directory = folder.path(),
                        .time_limit = std::chrono::seconds(60),
                        .type = [&](std::string_view all) {
                            if (next == answers.size() || !all.substr(read).contains(answers[next].cue)) {
                                return std::string();
                            }
                            read = all.size();
                            return answers[next++].typed;
                        }});
    }
    PtyRun run_in_pty(const std::vector<std::string>& arguments, const std::string& cue,
                      const std::string& typed) const {
        return run_in_pty(arguments, {{cue, typed}});
    }
    bool holds_image(const LoopDevice& device) const {
        const auto content = host::read_file(device.file());
        return content && content->starts_with(bytes);
    }
    bool has_note(const LoopDevice& device) const {
        const auto content = host::read_file(device.file());
        return content && content->starts_with("rpi-kit: this card is not finished.");
    }
    bool untouched() const {
        const auto content = host::read_file(card.file());
        return content && content->find_first_not_of('\0') == std::string::npos;
    }
    const std::string& device() const { return card.path().native(); }

    TempDir folder;
    std::string bytes;
    std::filesystem::path image;
    LoopDevice card;
};

}  // namespace rpikit::test

#define NEEDS_LOOP_DEVICES() \
    if (const auto why = rpikit::test::LoopDevice::unavailable()) SKIP(*why)
