// What modules on the SDKs of other languages put on the wire: those for Python recorded while it ran, the others read in their sources.
import type { ClientScript } from './sdk-scripts.ts';

/** SDK for C: the filter of inputs covers everything under the ids of the module. */
const C_MODULE: ClientScript = {
  name: 'a module on the SDK for C',
  deviceId: 'house:c',
  moduleId: 'door:c',
  token: 'SharedAccessSignature sr=localhost/devices/house:c/modules/door:c&sig={Sig}&se=4000000000&skn=',
  lines: `
    > CONNECT user=localhost/house:c/door:c/?api-version=2020-09-30&DeviceClientType=iothubclient%2f1.14.0%20(native%3b%20Linux%3b%20x86_64) keepAlive=240
    < CONNACK 0
    > SUBSCRIBE 2 $iothub/twin/res/#@0 $iothub/twin/PATCH/properties/desired/#@0 $iothub/methods/POST/#@0 devices/house:c/modules/door:c/#@1
    < SUBACK 2 0,0,0,1
    > PUBLISH $iothub/twin/GET/?$rid=3
    < PUBLISH $iothub/twin/res/200/?$rid=3 {"desired":{"$version":1},"reported":{"$version":1}}
    > PUBLISH $iothub/twin/PATCH/properties/reported/?$rid=4 {"level":7}
    < PUBLISH $iothub/twin/res/204/?$rid=4&$version=2
    * desired {"on":true}
    < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=2 {"on":true,"$version":2}
    * call blink {"times":2}
    < PUBLISH $iothub/methods/POST/blink/?$rid={rid} {"times":2}
    > PUBLISH $iothub/methods/res/200/?$rid={rid} {"done":true}
    * answered 200 {"done":true}
    > PUBLISH devices/house:c/modules/door:c/messages/events/k=v&%24.mid=m1&%24.on=alerts qos1#5 {"t":20}
    < PUBACK 5
    > DISCONNECT
  `,
};

/** SDK for .NET: both ids encoded twice in the token. */
const DOTNET_MODULE: ClientScript = {
  name: 'a module on the SDK for .NET',
  deviceId: 'house:net',
  moduleId: 'door:net',
  token: 'SharedAccessSignature sr=localhost%2Fdevices%2Fhouse%253Anet%2Fmodules%2Fdoor%253Anet&sig={SIG}&se=4000000000',
  lines: `
    > CONNECT user=localhost/house:net/door:net/?api-version=2020-09-30&DeviceClientType=Microsoft.Azure.Devices.Client%2F1.42.3 keepAlive=300
    < CONNACK 0
    > SUBSCRIBE 1 devices/house:net/modules/door:net/#@1
    < SUBACK 1 1
    > SUBSCRIBE 2 $iothub/methods/POST/#@1
    < SUBACK 2 1
    > SUBSCRIBE 3 $iothub/twin/res/#@1
    < SUBACK 3 1
    > PUBLISH $iothub/twin/GET/?$rid=9e7fe91d-9f3f-4dba-a6f5-a5b9d8d0a001 qos1#4
    < PUBACK 4
    < PUBLISH $iothub/twin/res/200/?$rid=9e7fe91d-9f3f-4dba-a6f5-a5b9d8d0a001 {"desired":{"$version":1},"reported":{"$version":1}}
    * call blink 1
    < PUBLISH $iothub/methods/POST/blink/?$rid={rid} 1
    > PUBLISH $iothub/methods/res/200/?$rid={rid} qos1#5
    < PUBACK 5
    * answered 200 null
    > PUBLISH devices/house:net/modules/door:net/messages/events/%24.on=alerts&k=v/ qos1#6 {"t":20}
    < PUBACK 6
    > UNSUBSCRIBE 7 devices/house:net/modules/door:net/#
    < UNSUBACK 7
    > DISCONNECT
  `,
};

export const MODULE_SCRIPTS: readonly ClientScript[] = [C_MODULE, DOTNET_MODULE];
