// consumer BOARDS TOOLCHAINS BOARD IMAGE : says what a board is and how an image is partitioned, and writes
// the image to a card in memory.

#include <cstdio>
#include <cstring>

#include "flasher/card/flash.hpp"
#include "flasher/card/image_source.hpp"
#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"
#include "sdk/image/image_reader.hpp"

namespace {

class CardInMemory final : public rpikit::device::BlockDevice {
  public:
    const std::string& name() const override { return name_; }
    std::uint64_t size_bytes() const override { return bytes.size(); }
    std::uint32_t alignment() const override { return 512; }
    rpikit::Result<std::size_t> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
        std::memcpy(bytes.data() + offset, from.data(), from.size());
        return from.size();
    }
    rpikit::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> to) override {
        std::memcpy(to.data(), bytes.data() + offset, to.size());
        return to.size();
    }
    rpikit::Result<> flush() override { return {}; }
    rpikit::Result<> close() override { return {}; }

    std::vector<std::byte> bytes = std::vector<std::byte>(8 << 20);

  private:
    std::string name_ = "card in memory";
};

rpikit::Result<> work(char** arguments) {
    TRY_ASSIGN(const auto board, rpikit::board::load_board(
                                     arguments[3], {.folders = {arguments[1]}, .toolchains = arguments[2]}));
    std::printf("board %s: %s\n", board.name.c_str(), board.kernel.arch.c_str());
    TRY_ASSIGN(const auto partitions, rpikit::image::read_partitions(arguments[4]));
    for (const auto& partition : partitions)
        std::printf("partition %d: %s\n", partition.number, partition.type.c_str());

    const auto processes = rpikit::host::make_process_runner();
    rpikit::host::SystemClock clock;
    const rpikit::host::Environment environment;
    const auto say = [](std::string_view) {};
    const rpikit::host::Host host{.processes = *processes,
                                  .clock = clock,
                                  .environment = environment,
                                  .cache = {},
                                  .stop = {},
                                  .note = say,
                                  .warn = say};
    TRY_ASSIGN(const auto image, rpikit::card::open_image(host, arguments[4], {}));
    CardInMemory card;
    rpikit::device::BlockDevice* const cards[] = {&card};
    TRY_ASSIGN(const auto results, rpikit::card::flash(*image, cards, {}, {}));
    if (results.front().failure) return rpikit::fail(*results.front().failure);
    std::printf("written %s, %s\n", results.front().verified ? "and verified" : "only",
                card.bytes[510] == std::byte{0x55} ? "with its table" : "without its table");
    return {};
}

}  // namespace

int main(int, char** arguments) {
    const auto done = work(arguments);
    if (!done) std::fputs(rpikit::render(done.error(), false).c_str(), stderr);
    return done ? 0 : 1;
}
