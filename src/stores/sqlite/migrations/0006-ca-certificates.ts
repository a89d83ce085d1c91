// Schema version 6: the CA certificates by which devices may sign in.

export const caCertificates = {
  version: 6,
  script: `
    create table ca_certificates (
      name text not null primary key,
      etag text not null,
      certificate text not null unique,
      subject text not null,
      thumbprint text not null,
      expiry_time text not null,
      is_verified integer not null,
      verification_code text,
      created_time text not null,
      updated_time text not null
    ) strict;
  `,
};
