// What older SDKs, libraries for small machines and clients made by hand put on the wire, as far as it differs from what current SDKs do.
import type { ClientScript } from './sdk-scripts.ts';

/** SDK for C of 2016, whose user name has no question mark. */
const C_SDK_2016: ClientScript = {
  name: 'the SDK for C of 2016',
  deviceId: 'lamp-c16',
  token: 'SharedAccessSignature sr=localhost/devices/lamp-c16&sig={Sig}&se=4000000000&skn=',
  lines: `
    > CONNECT user=localhost/lamp-c16/api-version=2016-11-14&DeviceClientType=iothubclient%2f1.2.1%20(native%3b%20Linux%3b%20x86_64) keepAlive=240
    < CONNACK 0
    > SUBSCRIBE 2 devices/lamp-c16/messages/devicebound/#@1 $iothub/methods/POST/#@0
    < SUBACK 2 1,0
    > SUBSCRIBE 3 $iothub/twin/res/#@0
    < SUBACK 3 0
    > PUBLISH $iothub/twin/PATCH/properties/reported/?$rid=4 {"level":7}
    < PUBLISH $iothub/twin/res/204/?$rid=4&$version=2
  `,
};

/** SDK for .NET of 2017: a slash before the client type, whose own slash is not encoded. */
const DOTNET_SDK_2017: ClientScript = {
  name: 'the SDK for .NET of 2017',
  deviceId: 'lamp-net17',
  token: 'SharedAccessSignature sr=localhost%2fdevices%2flamp-net17&sig={Sig}&se=4000000000',
  lines: `
    > CONNECT user=localhost/lamp-net17/api-version=2017-06-30/DeviceClientType=Microsoft.Azure.Devices.Client/1.5.1-preview-003 keepAlive=300
    < CONNACK 0
    > SUBSCRIBE 1 devices/lamp-net17/messages/devicebound/#@1
    < SUBACK 1 1
    > SUBSCRIBE 2 $iothub/twin/res/#@1
    < SUBACK 2 1
    > PUBLISH $iothub/twin/PATCH/properties/reported/?$rid=1 qos1#3 {"level":7}
    < PUBACK 3
    < PUBLISH $iothub/twin/res/204/?$rid=1&$version=2
  `,
};

/** SDK for Java of 2016. */
const JAVA_SDK_2016: ClientScript = {
  name: 'the SDK for Java of 2016',
  deviceId: 'lamp-java16',
  token: 'SharedAccessSignature sig={SIG}&se=4000000000&sr=localhost/devices/lamp-java16',
  lines: `
    > CONNECT user=localhost/lamp-java16/DeviceClientType=com.microsoft.azure.sdk.iot.iot-device-client%2F1.0.16 keepAlive=20
    < CONNACK 0
    > SUBSCRIBE 1 devices/lamp-java16/messages/devicebound/#@1
    < SUBACK 1 1
    > PUBLISH devices/lamp-java16/messages/events/k=v qos1#2 hello
    < PUBACK 2
  `,
};

/** SDK for Python 2.3, which percent-encodes the id in topics. */
const PYTHON_SDK_2_3: ClientScript = {
  name: 'the SDK for Python 2.3',
  deviceId: 'lamp:py23',
  token: 'SharedAccessSignature sr=localhost%2Fdevices%2Flamp%3Apy23&sig={SIG}&se=4000000000&skn=',
  lines: `
    > CONNECT user=localhost/lamp:py23/?api-version=2019-10-01&DeviceClientType=azure-iot-device-iothub-py%2F2.3.0 keepAlive=60
    < CONNACK 0
    > SUBSCRIBE 1 devices/lamp%3Apy23/messages/devicebound/#@1
    < SUBACK 1 1
    > PUBLISH devices/lamp%3Apy23/messages/events/%24.mid=1 qos1#2 hello
    < PUBACK 2
  `,
};

/** SDK for Node.js of 2016, with the api-version last. */
const NODE_SDK_2016: ClientScript = {
  name: 'the SDK for Node.js of 2016',
  deviceId: 'lamp-node16',
  token: 'SharedAccessSignature sr=localhost%2Fdevices%2Flamp-node16&sig={SIG}&se=4000000000',
  lines: `
    > CONNECT user=localhost/lamp-node16/DeviceClientType=azure-iot-device%2F1.1.2&api-version=2016-11-14 keepAlive=10
    < CONNACK 0
    > SUBSCRIBE 1 $iothub/twin/res/#@0
    < SUBACK 1 0
    > PUBLISH $iothub/twin/PATCH/properties/reported/?$rid=1 {"level":7}
    < PUBLISH $iothub/twin/res/204/?$rid=1&$version=2
  `,
};

/** Adafruit's library for CircuitPython 3.0.5: narrower and wider filters than the documented ones. */
const CIRCUIT_PYTHON: ClientScript = {
  name: 'the library for CircuitPython',
  deviceId: 'lamp-cp',
  token: 'SharedAccessSignature sr=localhost%2Fdevices%2Flamp-cp&sig={SIG}&se=4000000000',
  lines: `
    > CONNECT clean user=localhost/lamp-cp/?api-version=2019-03-30 keepAlive=120
    < CONNACK 0
    > SUBSCRIBE 1 devices/lamp-cp/messages/devicebound/#@0
    < SUBACK 1 0
    > SUBSCRIBE 2 $iothub/methods/#@0
    < SUBACK 2 0
    > SUBSCRIBE 3 $iothub/twin/PATCH/properties/desired/#@0
    < SUBACK 3 0
    > SUBSCRIBE 4 $iothub/twin/res/200/#@0
    < SUBACK 4 0
    > PUBLISH $iothub/twin/GET/?$rid=0  
    < PUBLISH $iothub/twin/res/200/?$rid=0 {"desired":{"$version":1},"reported":{"$version":1}}
    * call blink 1
    < PUBLISH $iothub/methods/POST/blink/?$rid={rid} 1
    > PUBLISH $iothub/methods/res/200/?$rid={rid} {}
    * answered 200 {}
    * desired {"on":true}
    < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=2 {"on":true,"$version":2}
  `,
};

/** Clients for IoT Central in Python and on Arduino. */
const IOT_CENTRAL_CLIENT: ClientScript = {
  name: 'a client for IoT Central',
  deviceId: 'lamp-iotc',
  token: 'SharedAccessSignature sr=localhost%2Fdevices%2Flamp-iotc&sig={SIG}&se=4000000000',
  lines: `
    > CONNECT user=localhost/lamp-iotc/api-version=2016-11-14 keepAlive=60
    < CONNACK 0
    > SUBSCRIBE 1 devices/lamp-iotc/messages/events/#@0
    < SUBACK 1 0
    > SUBSCRIBE 2 devices/lamp-iotc/messages/deviceBound/#@0
    < SUBACK 2 0
    > SUBSCRIBE 3 $iothub/methods/#@0 $iothub/twin/res/#@0
    < SUBACK 3 0,0
    > PUBLISH devices/lamp-iotc/messages/events/ qos1#4 {"t":20}
    < PUBACK 4
    > PUBLISH $iothub/twin/PATCH/properties/reported/?$rid=1700000000 qos1#5 {"level":7}
    < PUBACK 5
    < PUBLISH $iothub/twin/res/204/?$rid=1700000000&$version=2
  `,
};

/** nanoFramework's client: one filter for the whole tree of twins. */
const NANO_FRAMEWORK: ClientScript = {
  name: 'the client of .NET nanoFramework',
  deviceId: 'lamp-nano',
  token: 'SharedAccessSignature sr=localhost%2Fdevices%2Flamp-nano&sig={SIG}&se=4000000000',
  lines: `
    > CONNECT user=localhost/lamp-nano/?api-version=2020-09-30&model-id=dtmi:com:example:Thermostat;1 keepAlive=60
    < CONNACK 0
    > SUBSCRIBE 1 devices/lamp-nano/messages/devicebound/#@1 $iothub/twin/#@1 $iothub/methods/POST/#@1
    < SUBACK 1 1,1,1
    > PUBLISH $iothub/twin/GET/?$rid=38f8b1a5-7a38-4a3b-9d0e-bdc7a3f3e001
    < PUBLISH $iothub/twin/res/200/?$rid=38f8b1a5-7a38-4a3b-9d0e-bdc7a3f3e001 {"desired":{"$version":1},"reported":{"$version":1}}
    * desired {"on":true}
    < PUBLISH $iothub/twin/PATCH/properties/desired/?$version=2 {"on":true,"$version":2}
  `,
};

/** mosquitto_sub and mosquitto_pub, MQTTX and the like, as the documentation has them, with a token from a published sample, all in lower case. */
const GENERIC_CLIENT: ClientScript = {
  name: 'a generic MQTT client',
  deviceId: 'Lamp-By-Hand',
  token: 'SharedAccessSignature sr=localhost%2fdevices%2flamp-by-hand&sig={sig}&se=4000000000',
  lines: `
    > CONNECT clean user=localhost/Lamp-By-Hand/?api-version=2021-04-12 keepAlive=60
    < CONNACK 0
    > SUBSCRIBE 1 devices/Lamp-By-Hand/messages/devicebound/#@2 $iothub/twin/res/#@2
    < SUBACK 1 1,1
    > PUBLISH devices/Lamp-By-Hand/messages/events qos1#2 hello
    < PUBACK 2
    > PUBLISH $iothub/twin/GET/?source=me&$rid=1
    < PUBLISH $iothub/twin/res/200/?$rid=1 {"desired":{"$version":1},"reported":{"$version":1}}
    > DISCONNECT
  `,
};

export const OTHER_SCRIPTS: readonly ClientScript[] = [
  C_SDK_2016,
  DOTNET_SDK_2017,
  JAVA_SDK_2016,
  PYTHON_SDK_2_3,
  NODE_SDK_2016,
  CIRCUIT_PYTHON,
  IOT_CENTRAL_CLIENT,
  NANO_FRAMEWORK,
  GENERIC_CLIENT,
];
