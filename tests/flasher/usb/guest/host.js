// Boots what is on the bus with the npm package node-raspberrypi-usbboot, an implementation that is not ours: it says
// whether the emulated board is right. One look at the bus, for there is no udev in the guest.
//
//   node host.js FOLDER
const { UsbbootScanner } = require('node-raspberrypi-usbboot');
const { usb } = require('usb');

async function main() {
    const scanner = new UsbbootScanner(process.argv[2]);
    let steps = 0;
    const step = scanner.step.bind(scanner);
    scanner.step = (device, number) => {
        steps += 1;
        step(device, number);
    };
    for (const device of usb.getDeviceList()) await scanner.attachDevice(device);
    console.log(`other host: ${steps} steps`);
    process.exit(steps > 0 ? 0 : 1);
}
main();
