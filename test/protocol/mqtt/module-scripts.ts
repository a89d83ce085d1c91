// What modules on the SDKs of other languages put on the wire: those for Python and Java recorded while they ran, the others read in their sources.
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

/** SDK for Python 2.14.0, as recorded. */
const PYTHON_MODULE: ClientScript = {
  name: 'a module on the SDK for Python',
  deviceId: 'house:py',
  moduleId: 'door:py',
  token: 'SharedAccessSignature sr=localhost%2Fdevices%2Fhouse%3Apy%2Fmodules%2Fdoor%3Apy&sig={SIG}&se=4000000000',
  lines: `
    > CONNECT user=localhost/house:py/door:py/?api-version=2019-10-01&DeviceClientType=azure-iot-device-iothub-py%2F2.14.0%283.11.7%3BLinux%20%231%3Bx86_64%29 keepAlive=60
    < CONNACK 0
    > SUBSCRIBE 1 $iothub/twin/PATCH/properties/desired/#@1
    < SUBACK 1 1
    > SUBSCRIBE 2 $iothub/methods/POST/#@1
    < SUBACK 2 1
    > SUBSCRIBE 3 devices/house:py/modules/door:py/inputs/#@1
    < SUBACK 3 1
    > SUBSCRIBE 4 $iothub/twin/res/#@1
    < SUBACK 4 1
    > PUBLISH $iothub/twin/GET/?$rid=002ea3e1-f3b6-4c40-ab7e-aeb26673f71b qos1#5
    < PUBACK 5
    < PUBLISH $iothub/twin/res/200/?$rid=002ea3e1-f3b6-4c40-ab7e-aeb26673f71b {"desired":{"$version":1},"reported":{"$version":1}}
    > PUBLISH $iothub/twin/PATCH/properties/reported/?$rid=3017a277-aef1-4cd7-a6c7-30eb31fe2140 qos1#6 {"a": 1}
    < PUBACK 6
    < PUBLISH $iothub/twin/res/204/?$rid=3017a277-aef1-4cd7-a6c7-30eb31fe2140&$version=2
    > PUBLISH devices/house:py/modules/door:py/messages/events/ qos1#7 hello
    < PUBACK 7
    > PUBLISH devices/house:py/modules/door:py/messages/events/%24.on=out%201 qos1#8 hello
    < PUBACK 8
    * desired {"on":true}
    < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=2 {"on":true,"$version":2}
    * call blink 1
    < PUBLISH $iothub/methods/POST/blink/?$rid={rid} 1
    > PUBLISH $iothub/methods/res/200/?$rid={rid} qos1#9 {"echo": 1}
    < PUBACK 9
    * answered 200 {"echo":1}
    > DISCONNECT
    * cut
    > CONNECT user=localhost/house:py/door:py/?api-version=2019-10-01&DeviceClientType=azure-iot-device-iothub-py%2F2.14.0 keepAlive=60
    < CONNACK 0 sessionPresent
    > PUBLISH $iothub/twin/GET/?$rid=99cd5336-d5a9-4e61-af8f-e4f85cb417ae qos1#10
    < PUBACK 10
    < PUBLISH $iothub/twin/res/200/?$rid=99cd5336-d5a9-4e61-af8f-e4f85cb417ae {"desired":{"on":true,"$version":2},"reported":{"a":1,"$version":2}}
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

/** SDK for Java 2.5.0, as recorded: it asks for messages to the module as for those to a device, and a slash ends the property bag. */
const JAVA_MODULE: ClientScript = {
  name: 'a module on the SDK for Java',
  deviceId: 'house:java',
  moduleId: 'door:java',
  token: 'SharedAccessSignature sig={SIG}&se=4000000000&sr=localhost/devices/house%3Ajava/modules/door%3Ajava',
  lines: `
    > CONNECT user=localhost/house:java/door:java/?api-version=2020-09-30&DeviceClientType=com.microsoft.azure.sdk.iot.iot-device-client%2F2.5.0 keepAlive=230
    < CONNACK 0
    > SUBSCRIBE 1 devices/house:java/modules/door:java/messages/devicebound/#@1
    < SUBACK 1 1
    > SUBSCRIBE 2 $iothub/twin/res/#@1
    < SUBACK 2 1
    > PUBLISH $iothub/twin/GET/?$rid=068858d9-c92c-437e-ad7b-748fb57904e7 qos1#3
    < PUBACK 3
    < PUBLISH $iothub/twin/res/200/?$rid=068858d9-c92c-437e-ad7b-748fb57904e7 {"desired":{"$version":1},"reported":{"$version":1}}
    > PUBLISH devices/house:java/modules/door:java/messages/events/$.mid=1&$.cid=2&$.on=out%201&$.cdid=house%3Ajava&$.cmid=door%3Ajava&$.ct=UTF-8/ qos1#4 hello
    < PUBACK 4
    > DISCONNECT
  `,
};

export const MODULE_SCRIPTS: readonly ClientScript[] = [C_MODULE, PYTHON_MODULE, DOTNET_MODULE, JAVA_MODULE];
