// The document of a twin as a floor joins it from the texts of a row: nothing is parsed.

export type Row = Readonly<Record<string, string | number | null>>;

/** As long as the document that a hub sends; values that are no matter of either table are constants. */
export function documentOf(identity: Row, sections: Row): string {
  const text = (column: string): string => JSON.stringify(identity[column]);
  const section = (name: string): string => {
    const properties = `${sections[name]}`;
    const open = properties === '{}' ? '{' : `${properties.slice(0, -1)},`;
    return `${open}"$metadata":${sections[`${name}_metadata`]},"$version":${sections[`${name}_version`]}}`;
  };
  return `{"deviceId":${text('device_id')},"etag":"AAAAAAAAAAI=","deviceEtag":${text('etag')},"status":${text('status')},"statusUpdateTime":${text('status_updated_time')},"capabilities":{"iotEdge":false},"connectionState":${text('connection_state')},"lastActivityTime":${text('last_activity_time')},"cloudToDeviceMessageCount":0,"authenticationType":${text('authentication_type')},"x509Thumbprint":{"PrimaryThumbprint":null,"SecondaryThumbprint":null},"version":${sections['version']},"tags":${sections['tags']},"properties":{"desired":${section('desired')},"reported":${section('reported')}}}`;
}
