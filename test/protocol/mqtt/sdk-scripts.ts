// What the current SDKs of other languages put on the wire: those for Python and Java recorded while they ran, the others read in their sources.

/** A client, and what it does. */
export type ClientScript = {
  readonly name: string;
  readonly deviceId: string;
  /** Of a module. */
  readonly moduleId?: string;
  /** Its token: `{sig}` stands for the signature as it is, `{Sig}` and `{SIG}` for it percent-encoded with small and with large letters. */
  readonly token: string;
  /** A transcript, see playOnHub. */
  readonly lines: string;
};

/** SDK for C 1.14 over uMQTT: all filters in one SUBSCRIBE, integers as rids, the properties of the app before those of the system. */
const C_SDK: ClientScript = {
  name: 'the SDK for C',
  deviceId: 'lamp:c',
  token: 'SharedAccessSignature sr=localhost/devices/lamp:c&sig={Sig}&se=4000000000&skn=',
  lines: `
    > CONNECT user=localhost/lamp:c/?api-version=2020-09-30&DeviceClientType=iothubclient%2f1.14.0%20(native%3b%20Linux%3b%20x86_64) keepAlive=240
    < CONNACK 0
    > SUBSCRIBE 2 devices/lamp:c/messages/devicebound/#@1 $iothub/twin/res/#@0 $iothub/twin/PATCH/properties/desired/#@0 $iothub/methods/POST/#@0
    < SUBACK 2 1,0,0,0
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
    > PUBLISH devices/lamp:c/messages/events/k%201=v%2fw&%24.cid=c1&%24.mid=m1&%24.ct=application%2fjson&%24.ce=utf-8 qos1#5 {"t":20}
    < PUBACK 5
    > DISCONNECT
    * cut
    > CONNECT user=localhost/lamp:c/?api-version=2020-09-30&DeviceClientType=iothubclient%2f1.14.0%20(native%3b%20Linux%3b%20x86_64) keepAlive=240
    < CONNACK 0 sessionPresent
    > SUBSCRIBE 6 devices/lamp:c/messages/devicebound/#@1 $iothub/twin/res/#@0 $iothub/twin/PATCH/properties/desired/#@0 $iothub/methods/POST/#@0
    < SUBACK 6 1,0,0,0
  `,
};

/** Azure SDK for Embedded C 1.5, as on Arduino and ESP32, with Paho under it. */
const EMBEDDED_C_SDK: ClientScript = {
  name: 'the SDK for Embedded C',
  deviceId: 'lamp:esp',
  token: 'SharedAccessSignature sr=localhost%2Fdevices%2Flamp%3Aesp&sig={SIG}&se=4000000000',
  lines: `
    > CONNECT user=localhost/lamp:esp/?api-version=2020-09-30&DeviceClientType=c%2F1.5.0(ard%3Besp32)&model-id=dtmi%3Acom%3Aexample%3AThermostat%3B1 keepAlive=240
    < CONNACK 0
    > SUBSCRIBE 1 devices/lamp:esp/messages/devicebound/#@1
    < SUBACK 1 1
    > SUBSCRIBE 2 $iothub/methods/POST/#@1
    < SUBACK 2 1
    > SUBSCRIBE 3 $iothub/twin/PATCH/properties/desired/#@1
    < SUBACK 3 1
    > SUBSCRIBE 4 $iothub/twin/res/#@1
    < SUBACK 4 1
    > PUBLISH $iothub/twin/GET/?$rid=get_twin
    < PUBLISH $iothub/twin/res/200/?$rid=get_twin {"desired":{"$version":1},"reported":{"$version":1}}
    > PUBLISH $iothub/twin/PATCH/properties/reported/?$rid=reported_prop {"level":7}
    < PUBLISH $iothub/twin/res/204/?$rid=reported_prop&$version=2
    * desired {"on":true}
    < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=2 {"on":true,"$version":2}
    * call blink null
    < PUBLISH $iothub/methods/POST/blink/?$rid={rid} null
    > PUBLISH $iothub/methods/res/404/?$rid={rid} {}
    * answered 404 {}
    > PUBLISH devices/lamp:esp/messages/events/$.sub=thermostat1&%24.ct=application%2Fjson {"t":20}
    > PINGREQ
    < PINGRESP
    * cut
    > CONNECT user=localhost/lamp:esp/?api-version=2018-06-30&DeviceClientType=c%2F1.0.0 keepAlive=240
    < CONNACK 0 sessionPresent
    > PUBLISH $iothub/twin/GET/?$rid=get_twin
    < PUBLISH $iothub/twin/res/200/?$rid=get_twin {"desired":{"on":true,"$version":2},"reported":{"level":7,"$version":2}}
  `,
};

/** SDK for .NET 1.42: the id is encoded twice in the token, and a slash ends the property bag. */
const DOTNET_SDK: ClientScript = {
  name: 'the SDK for .NET',
  deviceId: 'lamp:net',
  token: 'SharedAccessSignature sr=localhost%2Fdevices%2Flamp%253Anet&sig={SIG}&se=4000000000',
  lines: `
    > CONNECT user=localhost/lamp:net/?api-version=2020-09-30&DeviceClientType=Microsoft.Azure.Devices.Client%2F1.42.3%20%28.NET%208.0.8%3B%20Debian%3B%20X64%29&model-id=dtmi%3Acom%3Aexample%3AThermostat%3B1 keepAlive=300
    < CONNACK 0
    > SUBSCRIBE 1 $iothub/methods/POST/#@1
    < SUBACK 1 1
    > SUBSCRIBE 2 $iothub/twin/PATCH/properties/desired/#@1
    < SUBACK 2 1
    > SUBSCRIBE 3 $iothub/twin/res/#@1
    < SUBACK 3 1
    > SUBSCRIBE 4 devices/lamp:net/messages/devicebound/#@1
    < SUBACK 4 1
    > PUBLISH $iothub/twin/GET/?$rid=9e7fe91d-9f3f-4dba-a6f5-a5b9d8d0a001 qos1#5
    < PUBACK 5
    < PUBLISH $iothub/twin/res/200/?$rid=9e7fe91d-9f3f-4dba-a6f5-a5b9d8d0a001 {"desired":{"$version":1},"reported":{"$version":1}}
    > PUBLISH $iothub/twin/PATCH/properties/reported/?$rid=9e7fe91d-9f3f-4dba-a6f5-a5b9d8d0a002 qos1#6 {"level":7}
    < PUBACK 6
    < PUBLISH $iothub/twin/res/204/?$rid=9e7fe91d-9f3f-4dba-a6f5-a5b9d8d0a002&$version=2
    * desired {"on":true}
    < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=2 {"on":true,"$version":2}
    * call blink "x"
    < PUBLISH $iothub/methods/POST/blink/?$rid={rid} "x"
    > PUBLISH $iothub/methods/res/200/?$rid={rid} qos1#7
    < PUBACK 7
    * answered 200 null
    > PUBLISH devices/lamp:net/messages/events/%24.mid=m1&%24.ct=application%2Fjson&k%201=v%2Fw/ qos1#8 {"t":20}
    < PUBACK 8
    > UNSUBSCRIBE 9 devices/lamp:net/messages/devicebound/#
    < UNSUBACK 9
    > DISCONNECT
    * cut
    > CONNECT user=localhost/lamp:net/?api-version=2020-09-30&DeviceClientType=Microsoft.Azure.Devices.Client%2F1.42.3 keepAlive=300
    < CONNACK 0 sessionPresent
  `,
};

/** SDK for Java 2.5.0, as recorded: a bare `$` in the property bag, the signature first in the token, and a base version in the first report. */
const JAVA_SDK: ClientScript = {
  name: 'the SDK for Java',
  deviceId: 'lamp:java',
  token: 'SharedAccessSignature sig={SIG}&se=4000000000&sr=localhost/devices/lamp%3Ajava',
  lines: `
    > CONNECT user=localhost/lamp:java/?api-version=2020-09-30&model-id=dtmi%3Acom%3Aexample%3AThermostat%3B1&DeviceClientType=com.microsoft.azure.sdk.iot.iot-device-client%2F2.5.0%20%2817.0.15%3B%20Linux%3B%20amd64%29 keepAlive=230
    < CONNACK 0
    > SUBSCRIBE 1 devices/lamp:java/messages/devicebound/#@1
    < SUBACK 1 1
    > SUBSCRIBE 2 $iothub/twin/res/#@1
    < SUBACK 2 1
    > SUBSCRIBE 3 $iothub/twin/PATCH/properties/desired/#@1
    < SUBACK 3 1
    > SUBSCRIBE 4 $iothub/methods/POST/#@1
    < SUBACK 4 1
    > PUBLISH $iothub/twin/GET/?$rid=10651a74-fb0e-4969-9a15-68bea8c5fc5e qos1#5
    < PUBACK 5
    < PUBLISH $iothub/twin/res/200/?$rid=10651a74-fb0e-4969-9a15-68bea8c5fc5e {"desired":{"$version":1},"reported":{"$version":1}}
    > PUBLISH $iothub/twin/PATCH/properties/reported/?$rid=c0c85f8a-82d4-4a46-8873-830d6f53eff8&$version=1 qos1#6 {"level":7}
    < PUBACK 6
    < PUBLISH $iothub/twin/res/204/?$rid=c0c85f8a-82d4-4a46-8873-830d6f53eff8&$version=2
    > PUBLISH devices/lamp:java/messages/events/$.mid=m%201&$.cid=c%2F1&$.cdid=lamp%3Ajava&$.ce=utf-8&$.ct=application%2Fjson&k=v%20w qos1#7 hello
    < PUBACK 7
    * desired {"on":true}
    < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=2 {"on":true,"$version":2}
    * call blink "x"
    < PUBLISH $iothub/methods/POST/blink/?$rid={rid} "x"
    > PUBLISH $iothub/methods/res/200/?$rid={rid} qos1#8 {"ok":true}
    < PUBACK 8
    * answered 200 {"ok":true}
    > DISCONNECT
    * cut
    > CONNECT user=localhost/lamp:java/?api-version=2020-09-30&DeviceClientType=com.microsoft.azure.sdk.iot.iot-device-client%2F2.5.0 keepAlive=230
    < CONNACK 0 sessionPresent
    > SUBSCRIBE 1 devices/lamp:java/messages/devicebound/#@1
    < SUBACK 1 1
  `,
};

/** SDK for Python 2.14.0, as recorded: everything at QoS 1, a space as the body of a twin GET, no word about subscriptions when it is back. */
const PYTHON_SDK: ClientScript = {
  name: 'the SDK for Python',
  deviceId: 'lamp:py',
  token: 'SharedAccessSignature sr=localhost%2Fdevices%2Flamp%3Apy&sig={SIG}&se=4000000000',
  lines: `
    > CONNECT user=localhost/lamp:py/?api-version=2019-10-01&DeviceClientType=azure-iot-device-iothub-py%2F2.14.0%283.11.7%3BLinux%20%231%3Bx86_64%29my%20product%2F1 keepAlive=60
    < CONNACK 0
    > SUBSCRIBE 1 $iothub/twin/PATCH/properties/desired/#@1
    < SUBACK 1 1
    > SUBSCRIBE 2 $iothub/methods/POST/#@1
    < SUBACK 2 1
    > SUBSCRIBE 3 devices/lamp:py/messages/devicebound/#@1
    < SUBACK 3 1
    > SUBSCRIBE 4 $iothub/twin/res/#@1
    < SUBACK 4 1
    > PUBLISH $iothub/twin/GET/?$rid=cc01ad32-a3ac-4716-8c47-5ce26134201c qos1#5  
    < PUBACK 5
    < PUBLISH $iothub/twin/res/200/?$rid=cc01ad32-a3ac-4716-8c47-5ce26134201c {"desired":{"$version":1},"reported":{"$version":1}}
    > PUBLISH $iothub/twin/PATCH/properties/reported/?$rid=de9a572a-d4c4-417e-8928-44473ce90c04 qos1#6 {"level": 7}
    < PUBACK 6
    < PUBLISH $iothub/twin/res/204/?$rid=de9a572a-d4c4-417e-8928-44473ce90c04&$version=2
    > PUBLISH devices/lamp:py/messages/events/%24.mid=m%201&%24.ct=application%2Fjson&%24.ce=utf-8&%24.exp=2030-01-01T00%3A00%3A00&e=&k%20%C3%A9=v%2F%26%3D%2B qos1#7 hello
    < PUBACK 7
    * desired {"on":true}
    < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=2 {"on":true,"$version":2}
    * call blink {"x":1}
    < PUBLISH $iothub/methods/POST/blink/?$rid={rid} {"x":1}
    > PUBLISH $iothub/methods/res/200/?$rid={rid} qos1#8 {"echo": {"x": 1}}
    < PUBACK 8
    * answered 200 {"echo":{"x":1}}
    > DISCONNECT
    * cut
    > CONNECT user=localhost/lamp:py/?api-version=2020-09-30&DeviceClientType=azure-iot-device-iothub-py%2F2.14.0&model-id=dtmi%3Acom%3Aexample%3AThermostat%3B1 keepAlive=60
    < CONNACK 0 sessionPresent
    > PUBLISH $iothub/twin/GET/?$rid=d47692e8-d56a-407e-b2e9-67e4c3c0b0ab qos1#9  
    < PUBACK 9
    < PUBLISH $iothub/twin/res/200/?$rid=d47692e8-d56a-407e-b2e9-67e4c3c0b0ab {"desired":{"on":true,"$version":2},"reported":{"level":7,"$version":2}}
    > UNSUBSCRIBE 11 devices/lamp:py/messages/devicebound/#
    < UNSUBACK 11
    > DISCONNECT
  `,
};

export const SDK_SCRIPTS: readonly ClientScript[] = [C_SDK, EMBEDDED_C_SDK, DOTNET_SDK, JAVA_SDK, PYTHON_SDK];
