// Makes an SD card image of a folder with the SDK's own writers, for tests/bench/image.sh.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "sdk/archive/archive.hpp"
#include "sdk/image/image.hpp"

using namespace rpikit;

int main(int argc, char** argv) {
    if (argc != 3) {
        fmt::print(stderr, "usage: bench_image FOLDER IMAGE\n");
        return 2;
    }
    const auto begin = std::chrono::steady_clock::now();
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

    const auto tree = archive::tree_from_directory(argv[1]);
    if (!tree) {
        fmt::print(stderr, "{}", render(tree.error(), false));
        return 1;
    }
    image::ImageRequest request{.seed = "bench", .timestamp = 1'700'000'000};
    request.layout = {.table = "mbr", .alignment = 1 << 20, .partitions = {}};
    request.layout.partitions.push_back(
        {.name = "root", .filesystem = "ext4", .content = "rootfs", .free = 16 << 20});
    request.contents.push_back({.partition = request.layout.partitions[0], .tree = &*tree});
    const auto written = image::write_image(host, request, argv[2]);
    if (!written) {
        fmt::print(stderr, "{}", render(written.error(), false));
        return 1;
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("{:.3f} {} {} {}\n", seconds.count(), written->size, written->files.size(),
               usage.ru_maxrss / 1024);
    return 0;
}
