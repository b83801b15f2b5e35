#include "sdk/board/emulator_arguments.hpp"

#include <catch2/catch_test_macros.hpp>

using rpikit::board::machine_complaint;
using rpikit::board::refused_arguments;

TEST_CASE("a machine is a name with known properties") {
    for (const auto* good :
         {"virt", "q35", "raspi3b", "xlnx-zcu102", "virt,gic-version=3,virtualization=on"}) {
        INFO(good);
        CHECK_FALSE(machine_complaint(good));
    }
    for (const auto* bad : {"", "-virt", "type=virt", "virt,dumpdtb=x", "virt,dtb=x", "q35,pflash0=x",
                            "virt,", "virt,kernel=x", "virt,firmware=x", "virt smm=on", "virt,smm=/x"}) {
        INFO(bad);
        CHECK(machine_complaint(bad));
    }
}

TEST_CASE("QEMU is given hardware that it emulates by itself, and a network of its own") {
    CHECK(refused_arguments({}).empty());
    CHECK(refused_arguments({"-device",  "virtio-rng-pci",
                             "-device",  "e1000,netdev=n",
                             "-netdev",  "user,id=n",
                             "-global",  "virtio-mmio.force-legacy=false",
                             "-machine", "virtualization=on",
                             "-smp",     "4,sockets=1",
                             "-m",       "2G",
                             "-cpu",     "max,sve=off",
                             "-d",       "guest_errors,unimp",
                             "-nic",     "none",
                             "-object",  "rng-builtin,id=r"})
              .empty());
}

TEST_CASE("what reads, writes or runs something of the host is refused, each by its place") {
    using List = std::vector<std::string>;
    for (const auto& bad : {List{"-monitor", "unix:x"},
                            List{"-plugin", "x.so"},
                            List{"-drive", "file=x"},
                            List{"-kernel", "x"},
                            List{"-device", "loader,file=x"},
                            List{"-device", "e1000,driver=loader,file=x"},
                            List{"-device", "e1000,romfile=x"},
                            List{"-device", "vfio-pci,host=1"},
                            List{"-device", "usb-mtp,rootdir=x"},
                            List{"-device", "virtio-9p-pci,fsdev=x"},
                            List{"-device", "{\"driver\":\"loader\"}"},
                            List{"-global", "e1000.romfile=x"},
                            List{"-global", "driver=e1000,property=romfile,value=x"},
                            List{"-machine", "dumpdtb=x"},
                            List{"-netdev", "user,id=n,smb=x"},
                            List{"-netdev", "user,id=n,guestfwd=tcp:1.2.3.4:5-cmd:x"},
                            List{"-nic", "user,hostfwd=tcp::1-:2"},
                            List{"-netdev", "tap,id=n,script=x"},
                            List{"-object", "memory-backend-file,id=m,mem-path=x"},
                            List{"-d", "trace:x"},
                            List{"-cpu", "max,x=/x"},
                            List{"-device"},
                            List{"-no-acpi", "-device"}}) {
        INFO(bad[0] << ' ' << bad.back());
        CHECK_FALSE(refused_arguments(bad).empty());
    }
    const auto refused = refused_arguments({"-smp", "2", "-D", "-device", "usb-host"});
    REQUIRE(refused.size() == 2);
    CHECK(refused[0].index == 2);
    CHECK(refused[1].index == 4);
}
