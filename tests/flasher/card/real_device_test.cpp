// The same against block devices of the kernel: loop devices, on good files and on one that fails.

#include <catch2/catch_test_macros.hpp>
#include <deque>

#include "flasher/card/aligned_buffer.hpp"
#include "tests/flasher/card/card_fixture.hpp"
#include "tests/flasher/card/fuse_card.hpp"
#include "tests/support/direct_device.hpp"
#include "tests/support/fake_process.hpp"
#include "tests/support/loop_device.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_host.hpp"

namespace fs = std::filesystem;
using namespace rpikit;
using test::mib;

namespace {

/// Cards on files of a folder, full of old data.
struct Cards {
    Cards(const test::TempDir& folder, std::size_t count, std::size_t size) {
        if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
        for (std::size_t i = 0; i < count; ++i) {
            const auto& loop =
                loops.emplace_back(folder.write("card" + std::to_string(i), std::string(size, '\xa5')));
            devices.push_back(test::open_direct(loop.path()));
            pointers.push_back(devices.back().get());
        }
    }
    std::deque<test::LoopDevice> loops;
    std::vector<std::unique_ptr<device::BlockDevice>> devices;
    std::vector<device::BlockDevice*> pointers;
};

std::string start_of(const fs::path& node, std::size_t size) {
    const auto card = test::open_direct(node);
    card::AlignedBuffer buffer(card::round_up(size, 2 * mib));
    REQUIRE(device::read_whole(*card, 0, buffer.bytes()));
    return {reinterpret_cast<const char*>(buffer.bytes().data()), size};
}

}  // namespace

TEST_CASE("one image goes to four loop devices at once") {
    const test::TempDir folder;
    const auto content = test::noise(9 * mib + 500, 20);
    Cards cards(folder, 4, 12 * mib);
    const auto image = test::image_of(content);
    const auto results = card::flash(*image, cards.pointers, {}, {}).value();
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK_FALSE(results[i].failure);
        CHECK(results[i].verified);
        CHECK(start_of(cards.loops[i].path(), content.size()) == content);
    }
}

TEST_CASE("a disk that fails under the kernel is never taken for whole") {
    const auto card = test::FuseCard::make(6 * mib);
    if (!card) SKIP("no FUSE here");
    if (const auto why = test::LoopDevice::unavailable()) SKIP(*why);
    const test::LoopDevice loop(card->file());
    const auto content = test::noise(5 * mib + 700, 21);
    std::size_t happened = 0;
    std::size_t noticed_once = 0;
    using enum test::FuseFault;
    for (const auto operation : {test::FuseOperation::write, test::FuseOperation::read}) {
        for (const auto fault :
             {none, io_error, part, vanish, lost, wrong_byte, wrong_byte_once, flush_error}) {
            if (operation == test::FuseOperation::read && (fault == lost || fault == flush_error)) continue;
            for (std::uint64_t offset = 300; offset < content.size(); offset += 5 * mib / 20) {
                card->orders().happened = false;
                card->orders().gone = false;
                card->orders().operation = operation;
                card->orders().offset = offset;
                std::fill_n(card->content(), card->size(), std::byte{0xa5});
                const auto device = test::open_direct(loop.path());
                card->orders().fault = fault;
                const auto image = test::image_of(content);
                const auto result = test::flash_one(*image, *device);
                card->orders().fault = none;
                INFO("fault " << static_cast<int>(fault) << " at " << offset);
                const bool whole = std::memcmp(card->content(), content.data(), content.size()) == 0;
                if (!result.failure) {
                    CHECK(result.verified);
                    CHECK(whole);
                }
                if (result.failure) CHECK_FALSE(result.verified);
                if (card->orders().happened &&
                    (fault == io_error || fault == vanish || fault == wrong_byte || fault == flush_error)) {
                    CHECK(result.failure);
                }
                if (fault == none) CHECK_FALSE(result.failure);
                if (fault == wrong_byte_once) {
                    const bool noticed = result.failure || result.rewritten > 0;
                    // The one wrong answer may go to another reader: who surveys this machine's disks just
                    // now.
                    if (operation == test::FuseOperation::write) CHECK(noticed);
                    noticed_once += noticed ? 1 : 0;
                }
                happened += card->orders().happened && fault != none ? 1 : 0;
            }
        }
    }
    CHECK(happened >= 200);
    CHECK(noticed_once >= 34);  // of 42
}
