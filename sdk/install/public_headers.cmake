# What `find_package(rpikit)` offers: these headers and what they include, no more. docs/reference/library.md says what
# each is for; tests/consumer uses them from outside.
set(rpikit_public_headers
    sdk/support/error.hpp sdk/support/result.hpp
    sdk/host/clock.hpp sdk/host/descriptor.hpp sdk/host/environment.hpp sdk/host/host.hpp sdk/host/process.hpp
    sdk/archive/block_map.hpp sdk/archive/file_tree.hpp sdk/archive/member.hpp
    sdk/board/board.hpp
    sdk/image/image_reader.hpp
    flasher/device/block_device.hpp flasher/device/disk.hpp flasher/device/linux_device.hpp flasher/device/machine.hpp
    flasher/device/mounts.hpp flasher/device/open_disk.hpp flasher/device/refusal.hpp flasher/device/roots.hpp
    flasher/device/target.hpp
    flasher/card/flash.hpp flasher/card/image_source.hpp flasher/card/read_card.hpp)
