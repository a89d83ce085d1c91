// Schema version 4: disabled devices can be counted without a look at all others.

export const disabledDevices = {
  version: 4,
  script: `
    create index disabled_devices
    on devices (device_id)
    where status = 'disabled';
  `,
};
