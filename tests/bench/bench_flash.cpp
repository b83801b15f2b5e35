// Writes an image to block devices with the flasher alone, for tests/bench/flash.sh. Prints the seconds until
// all was written and flushed, the seconds in all, bytes written to each, and our peak memory in MB.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "flasher/card/flash.hpp"
#include "tests/support/direct_device.hpp"

using namespace rpikit;

namespace {

using Seconds = std::chrono::duration<double>;

int complain(const Error& error) {
    fmt::print(stderr, "{}", render(error, false));
    return 1;
}

int run(const host::Host& host, const std::string& what, const std::vector<std::string>& nodes, bool verify) {
    const auto begin = std::chrono::steady_clock::now();
    const auto image = card::open_image(host, what, {});
    if (!image) return complain(image.error());
    std::vector<std::unique_ptr<device::BlockDevice>> cards;
    std::vector<device::BlockDevice*> pointers;
    for (const auto& node : nodes) {
        cards.push_back(test::open_direct(node));
        pointers.push_back(cards.back().get());
    }
    std::optional<Seconds> written;
    const auto results = card::flash(**image, pointers,
                                     {.verify = verify,
                                      .progress =
                                          [&](const card::CardProgress& at) {
                                              if (at.phase > card::Phase::flush && !written)
                                                  written = std::chrono::steady_clock::now() - begin;
                                          }},
                                     {});
    if (!results) return complain(results.error());
    for (const auto& result : *results)
        if (result.failure) return complain(*result.failure);
    const Seconds all = std::chrono::steady_clock::now() - begin;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("{:.3f} {:.3f} {} {}\n", written.value_or(all).count(), all.count(), results->front().written,
               usage.ru_maxrss / 1024);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> arguments(argv + 1, argv + argc);
    const bool verify = std::erase(arguments, "--no-verify") == 0;
    if (arguments.size() < 2) {
        fmt::print(stderr, "usage: bench_flash [--no-verify] IMAGE DEVICE...\n");
        return 2;
    }
    const auto runner = host::make_process_runner();
    host::SystemClock clock;
    const auto environment = host::Environment::of_this_process();
    const host::Host host{.processes = *runner,
                          .clock = clock,
                          .environment = environment,
                          .cache = {},
                          .stop = {},
                          .note = [](std::string_view) {},
                          .warn = [](std::string_view) {}};
    return run(host, arguments[0], {arguments.begin() + 1, arguments.end()}, verify);
}
